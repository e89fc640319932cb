namespace EdFi.DataManagementService.Core.External.Backend;

/// <summary>A get's result. The decorator passes this and the results below on unread, so their kinds are left out.</summary>
public record GetResult;

/// <summary>An update's result.</summary>
public record UpdateResult;

/// <summary>A deletion's result.</summary>
public record DeleteResult;

/// <summary>A query's result.</summary>
public record QueryResult;
