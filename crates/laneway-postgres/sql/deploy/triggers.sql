-- Where the functions are hung up. Names begin in lower case, so that within one row they come after the foreign keys'
-- own triggers (RI_…), whose cascades the functions for deletions count on.
CREATE TRIGGER laneway_hierarchy_inserted AFTER INSERT ON dms.educationorganizationhierarchy
    FOR EACH ROW EXECUTE FUNCTION dms.laneway_hierarchy_inserted();
CREATE TRIGGER laneway_hierarchy_updated AFTER UPDATE ON dms.educationorganizationhierarchy
    FOR EACH ROW EXECUTE FUNCTION dms.laneway_hierarchy_updated();
CREATE TRIGGER laneway_hierarchy_deleted AFTER DELETE ON dms.educationorganizationhierarchy
    FOR EACH ROW EXECUTE FUNCTION dms.laneway_hierarchy_deleted();

CREATE TRIGGER laneway_student_school_inserted AFTER INSERT ON dms.document
    FOR EACH ROW WHEN (NEW.projectname = 'Ed-Fi' AND NEW.resourcename = 'StudentSchoolAssociation')
    EXECUTE FUNCTION dms.laneway_student_school_inserted();
CREATE TRIGGER laneway_student_school_updated AFTER UPDATE OF edfidoc ON dms.document
    FOR EACH ROW WHEN (NEW.projectname = 'Ed-Fi' AND NEW.resourcename = 'StudentSchoolAssociation')
    EXECUTE FUNCTION dms.laneway_student_school_updated();
CREATE TRIGGER laneway_student_school_deleted AFTER DELETE ON dms.document
    FOR EACH ROW WHEN (OLD.projectname = 'Ed-Fi' AND OLD.resourcename = 'StudentSchoolAssociation')
    EXECUTE FUNCTION dms.laneway_student_school_deleted();

CREATE TRIGGER laneway_student_contact_inserted AFTER INSERT ON dms.document
    FOR EACH ROW WHEN (NEW.projectname = 'Ed-Fi' AND NEW.resourcename = 'StudentContactAssociation')
    EXECUTE FUNCTION dms.laneway_student_contact_inserted();
CREATE TRIGGER laneway_contact_row_deleted AFTER DELETE ON dms.contactstudentschoolauthorization
    FOR EACH ROW EXECUTE FUNCTION dms.laneway_contact_row_deleted();

CREATE TRIGGER laneway_student_responsibility_inserted AFTER INSERT ON dms.document
    FOR EACH ROW WHEN (NEW.projectname = 'Ed-Fi'
        AND NEW.resourcename = 'StudentEducationOrganizationResponsibilityAssociation')
    EXECUTE FUNCTION dms.laneway_student_responsibility_inserted();
CREATE TRIGGER laneway_student_responsibility_updated AFTER UPDATE OF edfidoc ON dms.document
    FOR EACH ROW WHEN (NEW.projectname = 'Ed-Fi'
        AND NEW.resourcename = 'StudentEducationOrganizationResponsibilityAssociation')
    EXECUTE FUNCTION dms.laneway_student_responsibility_updated();
CREATE TRIGGER laneway_student_responsibility_deleted AFTER DELETE ON dms.document
    FOR EACH ROW WHEN (OLD.projectname = 'Ed-Fi'
        AND OLD.resourcename = 'StudentEducationOrganizationResponsibilityAssociation')
    EXECUTE FUNCTION dms.laneway_student_responsibility_deleted();

CREATE TRIGGER laneway_staff_inserted AFTER INSERT ON dms.document
    FOR EACH ROW WHEN (NEW.projectname = 'Ed-Fi' AND NEW.resourcename IN
        ('StaffEducationOrganizationEmploymentAssociation', 'StaffEducationOrganizationAssignmentAssociation'))
    EXECUTE FUNCTION dms.laneway_staff_inserted();
CREATE TRIGGER laneway_staff_updated AFTER UPDATE OF edfidoc ON dms.document
    FOR EACH ROW WHEN (NEW.projectname = 'Ed-Fi' AND NEW.resourcename IN
        ('StaffEducationOrganizationEmploymentAssociation', 'StaffEducationOrganizationAssignmentAssociation'))
    EXECUTE FUNCTION dms.laneway_staff_updated();

SELECT pg_temp.added('trigger functions and triggers');
