//! The list of migrations, in the order in which they run.

use sea_orm_migration::prelude::*;

/// Re-applied with every step: see the file.
pub(crate) const GRANTS: &str = include_str!("migrations/grants.sql");

/// One step: SQL text, the reviewable truth.
#[derive(Clone, Copy)]
pub(crate) struct SqlMigration {
    pub(crate) name: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        pub(crate) const ALL: &[SqlMigration] = &[$(SqlMigration {
            name: $name,
            up: include_str!(concat!("migrations/", $name, "/up.sql")),
            down: include_str!(concat!("migrations/", $name, "/down.sql")),
        }),+];
    };
}

migrations![
    "m20261121_000001_foundations",
    "m20261121_000002_audit",
    "m20261121_000003_accounts",
    "m20261121_000004_webhook_events",
    "m20261121_000005_catalogues",
    "m20261121_000006_properties",
    "m20261121_000007_property_translations",
    "m20261121_000008_listing_details",
    "m20261121_000009_media",
    "m20261121_000010_rates_quotes",
    "m20261121_000011_bookings",
    "m20261121_000012_stays",
    "m20261121_000013_leads",
    "m20261121_000014_personal_lists",
    "m20261121_000015_platform",
    "m20261121_000016_webhooks_out",
    "m20261126_000017_events",
    "m20261126_000018_notifications",
    "m20261126_000019_media",
    "m20261126_000020_leads",
    "m20261126_000021_webhooks",
    "m20261126_000022_review",
    "m20261126_000023_facts",
    "m20261126_000024_lead_agents",
    "m20261126_000025_visitors",
    "m20261126_000026_map",
    "m20261126_000027_search",
    "m20261126_000028_search_history",
    "m20261126_000029_titles",
    "m20261127_000030_pricing",
    "m20261127_000031_availability",
    "m20261127_000032_bookings",
    "m20261127_000033_calendars",
    "m20261127_000034_payments",
    "m20261127_000035_land",
    "m20261127_000041_tenancies",
    "m20261127_000047_walls",
    "m20261127_000048_faqs",
    "m20261127_000049_faq_counts",
    "m20261127_000050_offers",
    "m20261127_000051_realm",
    "m20261127_000052_assistant",
    "m20261127_000053_payment_lists",
    "m20261127_000054_prompts",
];

impl MigrationName for SqlMigration {
    fn name(&self) -> &str {
        self.name
    }
}

// sea-orm-migration wraps each step and its row in seaql_migrations in one transaction on
// PostgreSQL; execute_unprepared uses the simple protocol, which takes many statements.
#[async_trait::async_trait]
impl MigrationTrait for SqlMigration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared(self.up).await?;
        connection.execute_unprepared(GRANTS).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.down).await?;
        Ok(())
    }
}

/// Every migration of this binary. Run it through [`crate::runner`], which holds the
/// product's lock and proves the database's identity first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        ALL.iter().map(|migration| Box::new(*migration) as Box<dyn MigrationTrait>).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_folder_is_in_the_list_in_order() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/migrations");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of migrations")
            .map(|entry| entry.expect("an entry"))
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        found.sort();
        let listed: Vec<&str> = ALL.iter().map(|migration| migration.name).collect();
        assert_eq!(listed, found);
    }
}
