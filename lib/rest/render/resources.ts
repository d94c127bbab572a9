/** Field names as LXD writes them; keys of maps are names that somebody gave, and stay. */
export function resourcesWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resourcesWire)
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, part]) => [key, resourcesWire(part)]))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [snakeCase(key), resourcesWire(part)]),
  )
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
