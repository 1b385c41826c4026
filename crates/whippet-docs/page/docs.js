// Starts Swagger UI (Apache-2.0) with the OpenAPI document of this API. All paths are relative, because a proxy may
// serve the API below a path prefix.

const dark = matchMedia("(prefers-color-scheme: dark)");
const applyColorScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", applyColorScheme);
applyColorScheme();

const ui = SwaggerUIBundle({
  dom_id: "#docs",
  url: "openapi.json",
  deepLinking: true,
  displayRequestDuration: true,
  // The browser forgets API keys when the page is closed. The document is not sent to an online validator.
  persistAuthorization: false,
  validatorUrl: null,
  onComplete() {
    document.title = ui.specSelectors.info().get("title");
  },
});
