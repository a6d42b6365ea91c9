/** What was typed into the fields of a form, by name; empty where there is no such field of text. */
export function formText(form: EventTarget | null): (name: string) => string {
  const fields = new FormData(form as HTMLFormElement);
  return (name) => {
    const value = fields.get(name);
    return typeof value === "string" ? value : "";
  };
}
