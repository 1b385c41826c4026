// Starts Swagger UI (Apache-2.0) on the document of this API. Every path is relative: the API may be below a prefix.

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

const ui = SwaggerUIBundle({
  dom_id: "#docs",
  url: "openapi.json",
  deepLinking: true,
  displayRequestDuration: true,
  // Keys are forgotten with the page, and nobody else is asked whether the document is valid.
  persistAuthorization: false,
  validatorUrl: null,
  onComplete() {
    document.title = ui.specSelectors.info().get("title");
  },
});
