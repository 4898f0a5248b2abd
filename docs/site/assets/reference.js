// Starts the API reference (Scalar, in scalar.js) with our colours, and with nothing that leaves this site.
"use strict";

const reference = Scalar.createApiReference("#reference", {
  url: new URL("openapi.json", location.href).href,
  theme: "none",
  layout: "modern",
  darkMode: isDark(),
  hideDarkModeToggle: true,
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: "never",
  agent: { disabled: true },
  mcp: { disabled: true },
  documentDownloadType: "direct",
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  persistAuth: false,
});

document.addEventListener("theme", () => {
  document.body.classList.toggle("dark-mode", isDark());
  document.body.classList.toggle("light-mode", !isDark());
  reference?.updateConfiguration?.({ ...reference.getConfiguration?.(), darkMode: isDark() });
});
