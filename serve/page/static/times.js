// Pages that do not change by themselves: a form sends only what was chosen, so
// that addresses stay short.
for (const form of document.querySelectorAll("form[method=get]")) {
  form.addEventListener("formdata", (e) => {
    for (const [name, value] of [...e.formData]) if (!value) e.formData.delete(name);
  });
}
