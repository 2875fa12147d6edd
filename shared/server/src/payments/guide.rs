//! How a guest pays by themselves, in their language.

use terrace_product::{Locale, PaymentProvider, Profile};

use super::{
    booking::Facts,
    output::{ManualGuide, PromptPayGuide},
    promptpay,
};
use crate::money;

/// How to send this amount for a booking; none where the brand takes no transfers.
pub(super) fn manual(
    profile: &Profile,
    locale: &Locale,
    facts: &Facts,
    amount: i64,
) -> Option<ManualGuide> {
    let payments = &profile.payments;
    if amount <= 0 || !payments.has(PaymentProvider::Manual) {
        return None;
    }
    let bank_account = payments.bank_account.get(locale, &profile.locales.default);
    let promptpay = payload(profile, facts, amount).map(|payload| PromptPayGuide {
        payload,
        qr: format!("/api/v1/bookings/{}/payment/qr.svg", facts.id),
    });
    let amount_written = money::written(amount, &facts.currency);
    let steps = steps(
        locale.language(),
        &amount_written,
        &facts.reference,
        promptpay.is_some(),
        bank_account.is_some(),
    );
    Some(ManualGuide {
        amount,
        amount_written,
        reference: facts.reference.clone(),
        steps,
        promptpay,
        bank_account: bank_account.map(str::to_owned),
    })
}

/// What the PromptPay code says; none where there can be no such code.
pub(super) fn payload(profile: &Profile, facts: &Facts, amount: i64) -> Option<String> {
    let payments = &profile.payments;
    let id = payments.promptpay_id.as_ref()?;
    if facts.currency != "THB" || !payments.has(PaymentProvider::Manual) {
        return None;
    }
    promptpay::payload(id, amount, &facts.reference)
}

fn steps(
    language: &str,
    amount: &str,
    reference: &str,
    by_code: bool,
    by_account: bool,
) -> Vec<String> {
    let mut steps = Vec::new();
    if language == "th" {
        if by_code {
            steps.push(format!("เปิดแอปธนาคาร สแกนคิวอาร์โค้ดพร้อมเพย์ แล้วตรวจสอบว่ายอดเงินคือ {amount}"));
        }
        if by_account {
            let or = if by_code { "หรือ" } else { "" };
            steps.push(format!("{or}โอนเงิน {amount} เข้าบัญชีธนาคารที่แสดงไว้"));
        }
        steps.push(format!("ระบุรหัสการจอง {reference} ในช่องบันทึกช่วยจำ"));
        steps.push("เมื่อเราตรวจสอบว่าได้รับเงินแล้ว คุณจะได้รับอีเมลยืนยันการจอง".to_owned());
    } else {
        if by_code {
            steps.push(format!(
                "Open your bank's app, scan the PromptPay code and check that it says {amount}."
            ));
        }
        if by_account {
            let or = if by_code { "Or transfer" } else { "Transfer" };
            steps.push(format!("{or} {amount} to the bank account shown."));
        }
        steps.push(format!("Write the booking's code {reference} into the transfer's note."));
        steps.push(
            "As soon as we have seen the money, you get a letter that confirms the booking."
                .to_owned(),
        );
    }
    steps
}
