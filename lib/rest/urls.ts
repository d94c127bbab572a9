/** The URL path of an object, with its project where that is not the default one. */
export function urlOf(parts: readonly string[], project = 'default'): string {
  const path = `/1.0/${parts.map(encodeURIComponent).join('/')}`
  return project === 'default' ? path : `${path}?project=${encodeURIComponent(project)}`
}

/** What LXD writes for a time that is not set. */
export const NO_TIME = '0001-01-01T00:00:00Z'
/** And for a time that an image leaves at zero. */
export const EPOCH = '1970-01-01T00:00:00Z'

/** As LXD writes times: RFC 3339 without trailing zeros in the fraction. */
export function wireTime(time: Date | undefined, unset = NO_TIME): string {
  return time === undefined ? unset : time.toISOString().replace(/\.?0*Z$/, 'Z')
}
