-- The parents' own statistics too: they carry those of the whole.
ANALYZE dms.document, dms.alias, dms.reference,
    dms.studentsecurabledocument, dms.staffsecurabledocument, dms.contactsecurabledocument,
    dms.studentschoolassociationauthorization, dms.studenteducationorganizationresponsibilityauthorization,
    dms.staffeducationorganizationauthorization, dms.studentcontactrelation, dms.contactstudentschoolauthorization,
    dms.educationorganizationhierarchy
