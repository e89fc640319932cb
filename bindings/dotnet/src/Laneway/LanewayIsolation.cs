namespace Laneway;

/// <summary>How a transaction of upserts is isolated from those of other sessions. Outcomes and stored rows are those of upserts
/// that run one after another with either, as long as all that write to the store take Laneway's locks.</summary>
public enum LanewayIsolation
{
    /// <summary>Each statement sees what was committed before it began.</summary>
    ReadCommitted = 0,

    /// <summary>All statements see what was committed before the first of them; what another session has changed since makes
    /// the transaction begin again. Refused behind a pooler that gives each transaction another connection.</summary>
    RepeatableRead = 1,
}
