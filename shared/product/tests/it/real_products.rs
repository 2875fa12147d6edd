//! The brands that ship with the platform.

use terrace_product::{Environment, Locale, check_all};

use crate::support::{production_secrets, real_products};

#[test]
fn every_product_loads_in_every_environment_beside_the_others() {
    for environment in Environment::ALL {
        let products = real_products();
        let mut env = production_secrets("bestays");
        env.extend(production_secrets("realestate"));
        if environment != Environment::Production {
            env.clear();
        }
        let profiles = products
            .load_all(environment, &env)
            .unwrap_or_else(|error| panic!("{environment}: {error}"));
        check_all(&profiles).unwrap_or_else(|error| panic!("{environment}: {error}"));

        let databases: Vec<_> =
            profiles.iter().map(|profile| profile.database.name.as_str()).collect();
        assert_eq!(
            databases,
            match environment {
                Environment::Development => ["bestays_db_dev", "realestate_db_dev"],
                Environment::Test => ["bestays_db_test", "realestate_db_test"],
                Environment::Production => ["bestays_db", "realestate_db"],
            }
        );
        let ports: Vec<_> = profiles.iter().map(|profile| profile.server.port.get()).collect();
        assert_eq!(ports, [8101, 8102]);
    }
}

#[test]
fn every_theme_can_be_read_by_everybody() {
    let profiles =
        real_products().load_all(Environment::Development, &Default::default()).expect("profiles");
    for profile in profiles {
        let failures = profile.theme.contrast_failures();
        assert!(failures.is_empty(), "{}: {failures:?}", profile.id);
    }
}

#[test]
fn every_text_is_written_in_every_language_offered() {
    let profiles =
        real_products().load_all(Environment::Development, &Default::default()).expect("profiles");
    for profile in profiles {
        let enabled: Vec<&Locale> = profile.locales.enabled.iter().collect();
        for text in [
            &profile.tagline,
            &profile.seo.title,
            &profile.seo.description,
            &profile.contact.address,
            &profile.contact.hours,
        ] {
            assert_eq!(text.locales().collect::<Vec<_>>(), enabled, "{}: {text:?}", profile.id);
        }
    }
}

#[test]
fn every_theme_shows_files_that_are_there() {
    let profiles =
        real_products().load_all(Environment::Development, &Default::default()).expect("profiles");
    for profile in profiles {
        for asset in
            [Some(&profile.theme.logo), Some(&profile.theme.favicon), profile.seo.image.as_ref()]
        {
            let Some(asset) = asset else { continue };
            let file = profile.folder.join(asset.as_str().trim_start_matches('/'));
            assert!(file.is_file(), "{}: {}", profile.id, file.display());
        }
    }
}
