/** A message as a person would write it: `Put key = x, value = 7`. */
export function formatMessage(message: unknown): string {
  if (typeof message !== "object" || message === null || Array.isArray(message)) return formatValue(message);
  const { type, ...fields } = message as { type?: unknown };
  const text = formatFields(fields);
  return typeof type === "string" ? `${type} ${text}`.trim() : `{ ${text} }`;
}

/** The fields of an object, by name. */
export function formatFields(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} = ${formatValue(value)}`)
    .join(", ");
}

/** A value on one line, cut short when it is long. */
export function formatValue(value: unknown, longest = 80): string {
  const text = plain(value);
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function plain(value: unknown): string {
  if (typeof value === "string") return /^[\w.:@/+-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(plain).join(", ")}]`;
  const fields = Object.entries(value).map(([name, item]) => `${name}: ${plain(item)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
