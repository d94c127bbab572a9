import type { Identity } from './identity.ts'

/** Whether somebody may know of a project and of what is in it. */
export function maySee(identity: Identity, project: string): boolean {
  switch (identity.trust) {
    case 'local':
    case 'admin':
      return true
    case 'restricted':
      return identity.projects.includes(project)
    case 'metrics':
      return identity.projects?.includes(project) ?? true
    case 'none':
      return false
    default:
      return identity satisfies never
  }
}

/** Those of LXD's URLs whose project somebody may know of. */
export function visibleUrls(identity: Identity, urls: readonly string[]): readonly string[] {
  return urls.filter((url) => maySee(identity, projectOf(url)))
}

function projectOf(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://server')
  const [, , noun, name] = pathname.split('/')
  if (noun === 'projects' && name !== undefined) return decodeURIComponent(name)
  return searchParams.get('project') ?? 'default'
}
