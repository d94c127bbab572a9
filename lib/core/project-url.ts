/** The URL path of an object in LXD's API, with the project that it belongs to where that is not the default one. */
export function projectUrl(path: string, project: string): string {
  return project === 'default' ? path : `${path}?project=${encodeURIComponent(project)}`
}
