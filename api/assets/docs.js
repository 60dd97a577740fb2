// Shows the document of this server. Its addresses are relative to where it is,
// which RapiDoc does not understand: so they are completed before.
const view = document.querySelector("rapi-doc");
view.setAttribute("theme", matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
const answer = await fetch("openapi.json");
const spec = await answer.json();
spec.servers = [{ url: new URL("../..", location.href).href.replace(/\/$/, "") }];
await customElements.whenDefined("rapi-doc");
view.loadSpec(spec);
