namespace Laneway.Samples.Web;

/// <summary>A page that shows the API's description (<c>/openapi/v1.json</c>). Loads nothing from other sites.</summary>
internal static class ApiPage
{
    private const string Page =
        """
        <!doctype html><meta charset="utf-8"><title>Laneway sample</title>
        <style>body{font:1rem/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}
        code{background:#eee;padding:.1em .3em}li{margin:.2em 0}</style>
        <h1>Laneway sample</h1>
        <p><a href="/openapi/v1.json">openapi/v1.json</a> · <a href="/health">health</a> · <a href="/metrics">metrics</a></p>
        <div id="paths"></div>
        <script>
        fetch('/openapi/v1.json').then(answer => answer.json()).then(api => {
          for (const [path, methods] of Object.entries(api.paths)) for (const [method, call] of Object.entries(methods)) {
            const section = document.createElement('section'), title = document.createElement('h2');
            title.textContent = method.toUpperCase() + ' ' + path;
            const text = document.createElement('p'); text.textContent = call.summary ?? '';
            const list = document.createElement('ul');
            for (const [status, answer] of Object.entries(call.responses)) {
              const item = document.createElement('li'); item.textContent = status + ' ' + answer.description; list.append(item);
            }
            section.append(title, text, list); document.getElementById('paths').append(section);
          }
        });
        </script>
        """;

    internal static IResult Get() => TypedResults.Content(Page, "text/html; charset=utf-8");
}
