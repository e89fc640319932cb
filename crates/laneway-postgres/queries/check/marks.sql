-- The newest rows that tell of persons and organizations, and which transactions may still add older ones: those from "oldest" to
-- below "next".
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next,
    ARRAY[
        coalesce((SELECT max(id) FROM dms.studentsecurabledocument), 0),
        coalesce((SELECT max(id) FROM dms.studentschoolassociationauthorization), 0),
        coalesce((SELECT max(id) FROM dms.studenteducationorganizationresponsibilityauthorization), 0),
        coalesce((SELECT max(id) FROM dms.staffsecurabledocument), 0),
        coalesce((SELECT max(id) FROM dms.staffeducationorganizationauthorization), 0),
        coalesce((SELECT max(id) FROM dms.contactsecurabledocument), 0),
        coalesce((SELECT max(id) FROM dms.studentcontactrelation), 0),
        coalesce((SELECT max(id) FROM dms.contactstudentschoolauthorization), 0),
        coalesce((SELECT max(id) FROM dms.educationorganizationhierarchy), 0)
    ] AS marks
