-- How many rows the tables hold that grow, up to $1; `plans.rs` reads the columns in this order.
SELECT (SELECT count(*) FROM (SELECT FROM dms.document LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.educationorganizationhierarchy LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.studentsecurabledocument LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.staffsecurabledocument LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.contactsecurabledocument LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.studentschoolassociationauthorization LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.studenteducationorganizationresponsibilityauthorization LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.studentcontactrelation LIMIT $1) r),
    (SELECT count(*) FROM (SELECT FROM dms.staffeducationorganizationauthorization LIMIT $1) r)
