-- One line for each object of schema public that no extension owns. $1 is the
-- application's role. White space is folded, so that an object is one line. Lines begin with kind and name, so that a difference sorts by object.
WITH
roles AS (
    SELECT r.oid, CASE WHEN r.oid = d.datdba THEN '<owner>' WHEN r.rolname = $1 THEN '<app>' ELSE r.rolname::text END AS name
      FROM pg_roles r, pg_database d WHERE d.datname = current_database()
    UNION ALL SELECT 0, 'PUBLIC'
),
owned AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
relations AS (
    SELECT c.*, r.name AS owner FROM pg_class c JOIN roles r ON r.oid = c.relowner
     WHERE c.relnamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM owned WHERE classid = 'pg_class'::regclass AND objid = c.oid)
),
functions AS (
    SELECT p.*, r.name AS owner FROM pg_proc p JOIN roles r ON r.oid = p.proowner
     WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
       AND NOT EXISTS (SELECT FROM owned WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
)
SELECT regexp_replace(line, '\s+', ' ', 'g') AS line FROM (
SELECT format('extension %s', extname) AS line FROM pg_extension
 -- An operator's own tools are no drift.
 WHERE extname <> ALL ('{plpgsql,pg_stat_statements,amcheck,pg_buffercache,pgstattuple}')
UNION ALL
SELECT format('type %s %s', t.typname, CASE t.typtype
    WHEN 'e' THEN 'enum ' || (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
    ELSE 'domain ' || format_type(t.typbasetype, t.typtypmod) END)
  FROM pg_type t
 WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
   AND NOT EXISTS (SELECT FROM owned WHERE classid = 'pg_type'::regclass AND objid = t.oid)
UNION ALL
SELECT format('relation %s %s owner %s%s%s', relname,
    CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'kind ' || relkind::text END,
    owner, CASE WHEN relrowsecurity THEN ' rls' ELSE '' END, CASE WHEN relforcerowsecurity THEN ' forced' ELSE '' END)
    || CASE WHEN relkind IN ('v', 'm') THEN ' ' || coalesce(reloptions::text, '') || ' ' || pg_get_viewdef(oid) ELSE '' END
  FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT format('column %s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
    CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END,
    CASE WHEN d.adbin IS NULL THEN '' WHEN a.attgenerated = 's' THEN ' generated ' || pg_get_expr(d.adbin, d.adrelid)
         ELSE ' default ' || pg_get_expr(d.adbin, d.adrelid) END)
  FROM relations c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT format('constraint %s.%s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
  FROM relations c JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype <> 't'
UNION ALL
SELECT format('index %s %s', i.relname, pg_get_indexdef(i.oid)) FROM relations i WHERE i.relkind IN ('i', 'I')
UNION ALL
SELECT format('trigger %s.%s %s %s', c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid))
  FROM relations c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT format('policy %s.%s %s %s to %s using %s check %s', c.relname, p.polname,
    CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
    (SELECT string_agg(r.name, ', ' ORDER BY r.name) FROM roles r WHERE r.oid = ANY (p.polroles)),
    coalesce(pg_get_expr(p.polqual, p.polrelid), '-'),
    coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '-'))
  FROM relations c JOIN pg_policy p ON p.polrelid = c.oid
UNION ALL
SELECT format('function %s(%s) owner %s%s body %s', proname, pg_get_function_identity_arguments(oid), owner,
    CASE WHEN prosecdef THEN ' security definer' ELSE '' END, md5(pg_get_functiondef(oid)))
  FROM functions
UNION ALL
SELECT format('grant %s to %s: %s', g.object, r.name, string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type))
  FROM (SELECT 'schema public' AS object, (aclexplode(coalesce(nspacl, acldefault('n', nspowner)))).* FROM pg_namespace WHERE nspname = 'public'
        UNION ALL
        SELECT 'relation ' || relname, (aclexplode(coalesce(relacl, acldefault(CASE WHEN relkind = 'S' THEN 's'::"char" ELSE 'r' END, relowner)))).* FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        UNION ALL
        SELECT format('column %s.%s', c.relname, a.attname), (aclexplode(a.attacl)).* FROM relations c JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attacl IS NOT NULL
        UNION ALL
        SELECT format('function %s(%s)', proname, pg_get_function_identity_arguments(oid)), (aclexplode(coalesce(proacl, acldefault('f', proowner)))).* FROM functions) g
  LEFT JOIN roles r ON r.oid = g.grantee
 WHERE r.name <> '<owner>' AND r.name <> 'pg_database_owner'
 GROUP BY g.object, r.name
) described
