-- What a store holds, without its accidental parts: uuids, row ids, times, the order of arrays that are sets.
-- Two columns, a table's name and a line of text for each of its rows, sorted bytewise; two stores hold the same
-- exactly when they give the same lines. `id`, `_etag` and `_lastModifiedDate` are left out of bodies, and a
-- document goes by its aliases instead of its ids.
--   diff <(psql "$ONE" -qAtX -f canonical-store.sql) <(psql "$OTHER" -qAtX -f canonical-store.sql)
WITH named AS MATERIALIZED (
    -- The aliases of each document, the smaller first.
    SELECT documentpartitionkey AS key, documentid AS id,
        string_agg(referentialid::text, '+' ORDER BY referentialid::text COLLATE "C") AS name
    FROM dms.alias
    GROUP BY documentpartitionkey, documentid
),
-- A row in three parts: what stands before its sets, the sets, what stands behind them.
content (kind, head, sets, tail) AS (
    SELECT 'document',
        concat_ws(E'\t', name, projectname, resourcename, resourceversion, isdescriptor,
            edfidoc - ARRAY['id', '_etag', '_lastModifiedDate'], securityelements),
        NULL::jsonb[], NULL
    FROM dms.document d LEFT JOIN named ON (named.key, named.id) = (d.documentpartitionkey, d.id)
    UNION ALL
    SELECT 'document_authorization_arrays', name,
        ARRAY[studentschoolauthorizationedorgids, studentedorgresponsibilityauthorizationids,
            contactstudentschoolauthorizationedorgids],
        NULL
    FROM dms.document d LEFT JOIN named ON (named.key, named.id) = (d.documentpartitionkey, d.id)
    UNION ALL
    -- Apart from the others: it depends on the order in which a person's associations were written.
    SELECT 'document_staff_arrays', name, ARRAY[staffeducationorganizationauthorizationedorgids], NULL
    FROM dms.document d LEFT JOIN named ON (named.key, named.id) = (d.documentpartitionkey, d.id)
    UNION ALL
    SELECT 'alias', concat_ws(E'\t', referentialid, referentialpartitionkey, name), NULL, NULL
    FROM dms.alias a LEFT JOIN named ON (named.key, named.id) = (a.documentpartitionkey, a.documentid)
    UNION ALL
    SELECT 'reference',
        concat_ws(E'\t', parent.name, a.referentialid, r.referentialpartitionkey, target.name), NULL, NULL
    FROM dms.reference r
    LEFT JOIN dms.alias a ON (a.referentialpartitionkey, a.id) = (r.referentialpartitionkey, r.aliasid)
    LEFT JOIN named parent ON (parent.key, parent.id) = (r.parentdocumentpartitionkey, r.parentdocumentid)
    LEFT JOIN named target ON (target.key, target.id) = (r.referenceddocumentpartitionkey, r.referenceddocumentid)
    UNION ALL
    SELECT 'education_organization_hierarchy',
        concat_ws(E'\t', h.projectname, h.resourcename, h.educationorganizationid,
            coalesce(parent.educationorganizationid::text, 'null'), name),
        NULL, NULL
    FROM dms.educationorganizationhierarchy h
    LEFT JOIN dms.educationorganizationhierarchy parent ON parent.id = h.parentid
    LEFT JOIN named ON (named.key, named.id) = (h.documentpartitionkey, h.documentid)
    UNION ALL
    SELECT 'hierarchy_terms_lookup', id::text, ARRAY[hierarchy], NULL
    FROM dms.educationorganizationhierarchytermslookup
    UNION ALL
    SELECT 'student_school_association_authorization', concat_ws(E'\t', studentuniqueid, hierarchyschoolid),
        ARRAY[studentschoolauthorizationeducationorganizationids], name
    FROM dms.studentschoolassociationauthorization s
    LEFT JOIN named
        ON (named.key, named.id) = (s.studentschoolassociationpartitionkey, s.studentschoolassociationid)
    UNION ALL
    SELECT 'student_responsibility_authorization', concat_ws(E'\t', studentuniqueid, hierarchyedorgid),
        ARRAY[studentedorgresponsibilityauthorizationedorgids], name
    FROM dms.studenteducationorganizationresponsibilityauthorization r
    LEFT JOIN named ON (named.key, named.id)
        = (r.studentedorgresponsibilityassociationpartitionkey, r.studentedorgresponsibilityassociationid)
    UNION ALL
    SELECT 'staff_authorization', concat_ws(E'\t', staffuniqueid, hierarchyedorgid),
        ARRAY[staffeducationorganizationauthorizationedorgids], name
    FROM dms.staffeducationorganizationauthorization s
    LEFT JOIN named
        ON (named.key, named.id) = (s.staffeducationorganizationpartitionkey, s.staffeducationorganizationid)
    UNION ALL
    SELECT 'student_contact_relation', concat_ws(E'\t', studentuniqueid, contactuniqueid, name), NULL, NULL
    FROM dms.studentcontactrelation c
    LEFT JOIN named ON (named.key, named.id)
        = (c.studentcontactassociationdocumentpartitionkey, c.studentcontactassociationdocumentid)
    UNION ALL
    SELECT 'contact_authorization', concat_ws(E'\t', contactuniqueid, studentuniqueid),
        ARRAY[contactstudentschoolauthorizationeducationorganizationids],
        concat_ws(E'\t', contact.name, coalesce(school.name, 'null'))
    FROM dms.contactstudentschoolauthorization c
    LEFT JOIN named contact
        ON (contact.key, contact.id) = (c.studentcontactassociationpartitionkey, c.studentcontactassociationid)
    LEFT JOIN named school
        ON (school.key, school.id) = (c.studentschoolassociationpartitionkey, c.studentschoolassociationid)
    UNION ALL
    SELECT 'student_securable_document', concat_ws(E'\t', studentuniqueid, name), NULL, NULL
    FROM dms.studentsecurabledocument s
    LEFT JOIN named
        ON (named.key, named.id) = (s.studentsecurabledocumentpartitionkey, s.studentsecurabledocumentid)
    UNION ALL
    SELECT 'contact_securable_document', concat_ws(E'\t', contactuniqueid, name), NULL, NULL
    FROM dms.contactsecurabledocument c
    LEFT JOIN named
        ON (named.key, named.id) = (c.contactsecurabledocumentpartitionkey, c.contactsecurabledocumentid)
    UNION ALL
    SELECT 'staff_securable_document', concat_ws(E'\t', staffuniqueid, name), NULL, NULL
    FROM dms.staffsecurabledocument s
    LEFT JOIN named ON (named.key, named.id) = (s.staffsecurabledocumentpartitionkey, s.staffsecurabledocumentid)
)
SELECT kind, line
FROM content,
    LATERAL (
        -- Each set as its elements, sorted; null apart from the empty set.
        SELECT string_agg(
            CASE WHEN list IS NULL THEN 'null' ELSE '[' || coalesce((
                SELECT string_agg(element, ',' ORDER BY element COLLATE "C")
                FROM jsonb_array_elements_text(list) AS element), '') || ']' END,
            E'\t' ORDER BY place) AS sorted
        FROM unnest(sets) WITH ORDINALITY AS a_set (list, place)
    ) AS lists,
    LATERAL (SELECT concat_ws(E'\t', head, sorted, tail) AS line) AS written
ORDER BY kind COLLATE "C", line COLLATE "C";
