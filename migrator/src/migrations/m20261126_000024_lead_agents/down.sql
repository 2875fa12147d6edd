DROP TRIGGER leads_charge_insert ON leads;
DROP TRIGGER leads_charge_update ON leads;
DROP FUNCTION guard_lead_charge();
