namespace Laneway.Samples.Dms.Core;

/// <summary>How a fetch ended. This and the results below are passed on unread, so their kinds are left out.</summary>
public record GetResult;

/// <summary>How an update ended.</summary>
public record UpdateResult;

/// <summary>How a deletion ended.</summary>
public record DeleteResult;

/// <summary>How a query ended.</summary>
public record QueryResult;
