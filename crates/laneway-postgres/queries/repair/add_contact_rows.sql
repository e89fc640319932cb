-- The rows of contacts under their associations with students ($1, $2) for the students' school associations ($3, $4), where they
-- are missing: each of two sessions that write the two associations at the same time does not see the other's.
INSERT INTO dms.contactstudentschoolauthorization (
    contactuniqueid, studentuniqueid, contactstudentschoolauthorizationeducationorganizationids,
    studentcontactassociationid, studentcontactassociationpartitionkey,
    studentschoolassociationid, studentschoolassociationpartitionkey)
SELECT r.contactuniqueid, r.studentuniqueid, s.studentschoolauthorizationeducationorganizationids,
    t.relation_id, t.relation_pk, t.school_id, t.school_pk
FROM unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bigint[]) AS t (relation_pk, relation_id, school_pk, school_id)
JOIN dms.studentcontactrelation r
    ON r.studentcontactassociationdocumentpartitionkey = t.relation_pk AND r.studentcontactassociationdocumentid = t.relation_id
JOIN dms.studentschoolassociationauthorization s
    ON s.studentschoolassociationpartitionkey = t.school_pk AND s.studentschoolassociationid = t.school_id
    AND s.studentuniqueid = r.studentuniqueid
WHERE NOT EXISTS (
    SELECT FROM dms.contactstudentschoolauthorization c
    WHERE c.studentcontactassociationpartitionkey = t.relation_pk AND c.studentcontactassociationid = t.relation_id
        AND c.studentschoolassociationpartitionkey = t.school_pk AND c.studentschoolassociationid = t.school_id
        AND c.contactuniqueid = r.contactuniqueid AND c.studentuniqueid = r.studentuniqueid
)
