/**
 * One query that describes a database's schema: a row for each object, with its kind, its name and a definition as
 * text that is the same wherever the same object is. What belongs to an extension is told by the extension's version.
 * Invariant: kind and name name one object, and rows come in the order of the bytes of both.
 */

/** Everything that the texts depend on, pinned: with this search path every name is written with its schema. */
export const pinnedForSchema = `
  SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off; SET LOCAL bytea_output = 'hex'`;

/** The kind of the rows that tell how far a sequence has come: these alone go on while nothing is altered. */
export const sequenceValueKind = 'sequence value';

const acl = (column: string): string =>
  `coalesce((SELECT string_agg(item::text, ' ' ORDER BY item::text COLLATE "C") FROM unnest(${column}) AS item), 'default')`;
const owner = (column: string): string => `pg_get_userbyid(${column})`;
const isOwn = (catalogue: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM member WHERE member.classid = '${catalogue}'::regclass AND member.objid = ${oid})`;

const parts: readonly string[] = [
  `SELECT 'database', 'this', format('owner %s, encoding %s, collation %s, type %s, access %s',
     ${owner('datdba')}, pg_encoding_to_char(encoding), datcollate, datctype, ${acl('datacl')})
   FROM pg_database WHERE datname = current_database()`,
  `SELECT 'setting', CASE setrole WHEN 0 THEN 'of everybody' ELSE format('of %I', ${owner('setrole')}) END, array_to_string(setconfig, ', ')
   FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE d.datname = current_database()`,
  `SELECT 'schema', quote_ident(nspname), format('owner %s, access %s', ${owner('nspowner')}, ${acl('nspacl')}) FROM own`,
  `SELECT 'extension', quote_ident(extname), format('version %s in %I', extversion, nspname)
   FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace`,
  `SELECT 'type', format('%I.%I', n.nspname, t.typname), format('%s, owner %s, access %s', CASE t.typtype
       WHEN 'e' THEN (SELECT 'enum of ' || string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)
       WHEN 'd' THEN format('domain of %s%s default %s', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN ' not null' END, coalesce(t.typdefault, 'none'))
       WHEN 'r' THEN (SELECT 'range of ' || format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid)
       ELSE t.typtype::text END, ${owner('t.typowner')}, ${acl('t.typacl')})
   FROM pg_type t JOIN own n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r') AND ${isOwn('pg_type', 't.oid')}`,
  `SELECT kind, name, format('%s, owner %s, access %s, options %s, row security %s%s, replica identity %s%s%s%s', persistence,
     ${owner('relowner')}, ${acl('relacl')}, coalesce(array_to_string(reloptions, ' '), 'none'), relrowsecurity,
     CASE WHEN relforcerowsecurity THEN ' forced' END, relreplident,
     CASE relkind WHEN 'p' THEN ', partitioned by ' || pg_get_partkeydef(oid) END,
     CASE WHEN relispartition THEN ', partition ' || pg_get_expr(relpartbound, oid) END,
     CASE WHEN relkind IN ('v', 'm') THEN ', as ' || pg_get_viewdef(oid) END)
   FROM relation WHERE kind IS NOT NULL`,
  `SELECT 'column', format('%s.%I', r.name, a.attname), format('%s. %s%s%s%s%s, access %s',
     row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' END,
     CASE WHEN a.attidentity <> '' THEN ' identity ' || a.attidentity::text END,
     CASE WHEN d.adbin IS NOT NULL THEN CASE a.attgenerated WHEN '' THEN ' default ' ELSE ' generated ' || a.attgenerated::text || ' ' END || pg_get_expr(d.adbin, d.adrelid) END,
     CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation::text END, ${acl('a.attacl')})
   FROM pg_attribute a JOIN relation r ON r.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped AND r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')`,
  `SELECT 'constraint', format('%s.%I', coalesce(r.name, c.contypid::regtype::text), c.conname),
     pg_get_constraintdef(c.oid) || CASE WHEN c.convalidated THEN '' ELSE ' not validated' END
   FROM pg_constraint c JOIN own n ON n.oid = c.connamespace LEFT JOIN relation r ON r.oid = c.conrelid
   WHERE c.conrelid = 0 OR r.oid IS NOT NULL`,
  `SELECT 'index', r.name, format('%s%s%s', pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN ' invalid' END, CASE WHEN i.indisclustered THEN ' clustered' END)
   FROM pg_index i JOIN relation r ON r.oid = i.indexrelid`,
  `SELECT 'sequence', r.name, format('%s from %s by %s, %s to %s, cache %s%s, owner %s, access %s', format_type(s.seqtypid, NULL), s.seqstart,
     s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' cycle' END, ${owner('r.relowner')}, ${acl('r.relacl')})
   FROM pg_sequence s JOIN relation r ON r.oid = s.seqrelid`,
  `SELECT '${sequenceValueKind}', r.name, format('%s by %s', coalesce(pg_sequence_last_value(r.oid)::text, 'none'), s.seqincrement)
   FROM pg_sequence s JOIN relation r ON r.oid = s.seqrelid WHERE r.relpersistence = 'p'`,
  `SELECT 'function', format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), format('%s, owner %s, access %s',
     CASE p.prokind WHEN 'a' THEN format('aggregate of %s returns %s by %s', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid),
         (SELECT aggtransfn::regprocedure::text FROM pg_aggregate WHERE aggfnoid = p.oid))
       ELSE 'sha256-' || encode(sha256(convert_to(pg_get_functiondef(p.oid), 'UTF8')), 'hex') END, ${owner('p.proowner')}, ${acl('p.proacl')})
   FROM pg_proc p JOIN own n ON n.oid = p.pronamespace WHERE ${isOwn('pg_proc', 'p.oid')}`,
  `SELECT 'trigger', format('%s.%I', r.name, t.tgname), pg_get_triggerdef(t.oid) || ' enabled ' || t.tgenabled::text
   FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal`,
  `SELECT 'event trigger', quote_ident(evtname), format('on %s by %s enabled %s for %s', evtevent, evtfoid::regprocedure, evtenabled, coalesce(array_to_string(evttags, ' '), 'all'))
   FROM pg_event_trigger e WHERE ${isOwn('pg_event_trigger', 'e.oid')}`,
  `SELECT 'rule', format('%s.%I', r.name, w.rulename), pg_get_ruledef(w.oid) || ' enabled ' || w.ev_enabled::text
   FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'`,
  `SELECT 'policy', format('%s.%I', r.name, p.polname), format('%s for %s to %s using %s check %s', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
     (SELECT string_agg(CASE role WHEN 0 THEN 'public' ELSE ${owner('role')} END, ' ' ORDER BY role) FROM unnest(p.polroles) AS role),
     coalesce(pg_get_expr(p.polqual, p.polrelid), 'none'), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'none'))
   FROM pg_policy p JOIN relation r ON r.oid = p.polrelid`,
  `SELECT 'statistics', format('%I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN own n ON n.oid = s.stxnamespace`,
  `SELECT 'publication', quote_ident(pubname), format('owner %s, all tables %s, insert %s, update %s, delete %s, truncate %s, of %s', ${owner('pubowner')}, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate,
     coalesce((SELECT string_agg(prrelid::regclass::text, ' ' ORDER BY prrelid::regclass::text COLLATE "C") FROM pg_publication_rel WHERE prpubid = p.oid), 'none'))
   FROM pg_publication p`,
  `SELECT 'foreign server', quote_ident(srvname), format('by %s, owner %s, access %s', fdwname, ${owner('srvowner')}, ${acl('srvacl')})
   FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw`,
  `SELECT 'default privileges', format('of %I in %s for %s', ${owner('defaclrole')}, coalesce(quote_ident(nspname), 'every schema'), defaclobjtype), ${acl('defaclacl')}
   FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace`,
];

const longest = 1_000;

/** The rows `kind`, `name`, `definition`; a long definition is cut, with a digest of the whole. */
export const schemaSql = `
  WITH member AS MATERIALIZED (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  own AS MATERIALIZED (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname !~ '^(pg_|lifeboat_restored_)' AND nspname <> 'information_schema'),
  relation AS MATERIALIZED (
    SELECT c.*, format('%I.%I', n.nspname, c.relname) AS name,
      CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type' END AS kind,
      CASE c.relpersistence WHEN 'p' THEN 'logged' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END AS persistence
    FROM pg_class c JOIN own n ON n.oid = c.relnamespace WHERE ${isOwn('pg_class', 'c.oid')}),
  described (kind, name, definition) AS (${parts.join(' UNION ALL ')})
  SELECT kind, name, CASE WHEN length(definition) <= ${longest} THEN definition
      ELSE left(definition, ${longest / 2}) || '… sha256-' || encode(sha256(convert_to(definition, 'UTF8')), 'hex') END AS definition
  FROM described ORDER BY described.kind COLLATE "C", described.name COLLATE "C"`;
