-- The rows of contacts under their associations with students ($1, $2) get the ancestors of the students' schools, those of the
-- school associations $3, $4.
UPDATE dms.contactstudentschoolauthorization c
SET contactstudentschoolauthorizationeducationorganizationids = s.studentschoolauthorizationeducationorganizationids
FROM unnest($1::smallint[], $2::bigint[], $3::smallint[], $4::bigint[]) AS t (relation_pk, relation_id, school_pk, school_id)
JOIN dms.studentschoolassociationauthorization s
    ON s.studentschoolassociationpartitionkey = t.school_pk AND s.studentschoolassociationid = t.school_id
WHERE c.studentcontactassociationpartitionkey = t.relation_pk AND c.studentcontactassociationid = t.relation_id
    AND c.studentschoolassociationpartitionkey = t.school_pk AND c.studentschoolassociationid = t.school_id
    AND c.studentuniqueid = s.studentuniqueid
    AND c.contactstudentschoolauthorizationeducationorganizationids <> s.studentschoolauthorizationeducationorganizationids
