namespace Laneway;

/// <summary>Which texts of a document stand for other values, and are brought into the form that is stored before anything is
/// extracted. Where they are is in the plugins' manifests.</summary>
public enum LanewayCoercion
{
    /// <summary>None: the host has coerced its documents itself, or takes none that need it.</summary>
    Nothing = 0,

    /// <summary>Dates with slashes (<c>2/9/2018</c> becomes <c>2018-02-09</c>), and date-times, which become UTC.</summary>
    Dates = 1,

    /// <summary>Those, and texts that stand for numbers and booleans.</summary>
    All = 2,
}
