//! What is asked for: to rent, to buy, to lease, a business, an investment.

use std::sync::LazyLock;

use super::is_denied;
use crate::{
    lexicon::Lexicon,
    output::{ChipKind, Note},
    resolve::{Draft, Found},
    scope::{Scope, Transaction},
    text::Token,
};

pub(crate) static DEALS: LazyLock<Lexicon<Transaction>> = LazyLock::new(|| {
    Lexicon::of(&[
        (
            "for rent|to rent|rent|rental|rentals|renting|to let|for hire|for rental|monthly rental|ให้เช่า|เช่า|ปล่อยเช่า|หาเช่า|ค่าเช่า|สำหรับเช่า",
            Transaction::Rent,
        ),
        (
            "for sale|to buy|buy|buying|purchase|to purchase|for purchase|sale or|resale|ขาย|ซื้อ|ขายด่วน|สำหรับขาย|ประกาศขาย|หาซื้อ",
            Transaction::Sale,
        ),
        (
            "for lease|to lease|lease|leasing|long lease|long term lease|ให้เช่าระยะยาว|เช่าระยะยาว|เซ้ง|ให้เซ้ง|เซ้งร้าน",
            Transaction::Lease,
        ),
        (
            "business for sale|businesses for sale|business sale|business opportunity|going concern|business|businesses|business takeover|กิจการ|ขายกิจการ|ธุรกิจ|ขายธุรกิจ|เซ้งกิจการ",
            Transaction::Business,
        ),
        (
            "for investment|investment|investments|invest|to invest|invest in|investment property|investment opportunity|investing|ลงทุน|การลงทุน|เพื่อลงทุน|เพื่อการลงทุน|น่าลงทุน",
            Transaction::Investment,
        ),
    ])
});

/// The transactions that a query names.
pub(crate) fn find(tokens: &[Token], scope: &Scope<'_>) -> Vec<Found> {
    (0..tokens.len())
        .filter(|at| !is_denied(tokens, *at))
        .filter_map(|at| {
            let (transaction, next) = DEALS.find(tokens, at)?;
            Some(draft(*transaction, scope).at(at..next))
        })
        .collect()
}

fn draft(transaction: Transaction, scope: &Scope<'_>) -> Draft {
    let label = match transaction {
        Transaction::Rent => ("For rent", "ให้เช่า"),
        Transaction::Sale => ("For sale", "ขาย"),
        Transaction::Lease => ("For lease", "ให้เช่าระยะยาว"),
        Transaction::Business => ("Business", "กิจการ"),
        Transaction::Investment => ("Investment", "การลงทุน"),
    };
    let name = transaction.name();
    let id = format!("transaction_type:{name}");
    if scope.offers(transaction) {
        // A hotel or a restaurant "for sale" is listed as a business, and so is a shop's lease that
        // is taken over with what is in it.
        let wider = [Transaction::Sale, Transaction::Lease].contains(&transaction)
            && scope.offers(Transaction::Business);
        let wanted = if wider {
            format!("{name},{}", Transaction::Business.name())
        } else {
            name.to_owned()
        };
        let params = vec![("transaction_type", wanted)];
        Draft::filter(ChipKind::Transaction, id, params, label)
    } else {
        Draft::preference(ChipKind::Transaction, id, Note::NotOffered, label)
    }
}
