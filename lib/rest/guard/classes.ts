import type { AccessClass } from '../../access/contract.ts'
import type { Method } from '../route.ts'

/**
 * What every path and method of LXD's API needs; `*` stands for one part of a path. That an image may also be sent with a secret is
 * the guard's to know.
 */
const CLASSES: Readonly<Partial<Record<AccessClass, readonly string[]>>> = {
  public: [
    'GET /',
    'GET /1.0',
    'POST /1.0/certificates',
    'GET /1.0/operations/*/wait',
    'GET /1.0/operations/*/websocket',
    'GET /1.0/images',
    'GET /1.0/images/aliases/*',
    'GET /1.0/images/*',
    'GET /1.0/images/*/export',
  ],
  admin: [
    'PUT PATCH /1.0',
    'DELETE /1.0/certificates/*',
    'PUT /1.0/cluster',
    'PUT /1.0/cluster/certificate',
    'POST /1.0/cluster/members',
    'POST PUT PATCH DELETE /1.0/cluster/members/*',
    'POST /1.0/cluster/members/*/state',
    'POST /1.0/cluster/groups',
    'POST PUT PATCH DELETE /1.0/cluster/groups/*',
    'GET /1.0/warnings',
    'GET PUT PATCH DELETE /1.0/warnings/*',
    'POST /1.0/projects',
    'POST DELETE /1.0/projects/*',
    'POST /1.0/storage-pools',
    'PUT PATCH DELETE /1.0/storage-pools/*',
  ],
  trusted: [
    'GET /1.0/events',
    'GET /1.0/resources',
    'GET /1.0/certificates',
    'GET PUT PATCH /1.0/certificates/*',
    'GET /1.0/cluster',
    'GET /1.0/cluster/members',
    'GET /1.0/cluster/members/*',
    'GET /1.0/cluster/groups',
    'GET /1.0/cluster/groups/*',
    'GET /1.0/operations',
    'GET DELETE /1.0/operations/*',
    'GET /1.0/projects',
    'GET PUT PATCH /1.0/projects/*',
    'GET /1.0/projects/*/state',
    'GET /1.0/storage-pools',
    'GET /1.0/storage-pools/*',
    'GET /1.0/storage-pools/*/resources',
  ],
  metrics: ['GET /1.0/metrics'],
  'profiles:view': ['GET /1.0/profiles', 'GET /1.0/profiles/*'],
  'profiles:manage': ['POST /1.0/profiles', 'POST PUT PATCH DELETE /1.0/profiles/*'],
  'containers:view': [
    'GET /1.0/instances',
    'GET /1.0/instances/*',
    'GET /1.0/instances/*/backups',
    'GET /1.0/instances/*/backups/*',
    'GET /1.0/instances/*/backups/*/export',
    'GET /1.0/instances/*/console',
    'GET /1.0/instances/*/logs',
    'GET /1.0/instances/*/logs/*',
    'GET /1.0/instances/*/metadata',
    'GET /1.0/instances/*/metadata/templates',
    'GET /1.0/instances/*/snapshots',
    'GET /1.0/instances/*/state',
  ],
  'containers:manage': [
    'POST /1.0/instances',
    'POST PUT PATCH DELETE /1.0/instances/*',
    'PUT PATCH /1.0/instances/*/metadata',
    'POST DELETE /1.0/instances/*/metadata/templates',
  ],
  'containers:operate': [
    'PUT /1.0/instances',
    'POST /1.0/instances/*/backups',
    'POST DELETE /1.0/instances/*/backups/*',
    'POST DELETE /1.0/instances/*/console',
    'POST /1.0/instances/*/exec',
    'GET HEAD POST DELETE /1.0/instances/*/files',
    'DELETE /1.0/instances/*/logs/*',
    'GET /1.0/instances/*/sftp',
    'POST /1.0/instances/*/snapshots',
    'GET POST PUT PATCH DELETE /1.0/instances/*/snapshots/*',
    'PUT /1.0/instances/*/state',
  ],
  'images:view': ['GET /1.0/images/aliases', 'POST /1.0/images/*/secret'],
  'images:manage': [
    'POST /1.0/images',
    'POST /1.0/images/aliases',
    'POST PUT PATCH DELETE /1.0/images/aliases/*',
    'PUT PATCH DELETE /1.0/images/*',
    'POST /1.0/images/*/export',
    'POST /1.0/images/*/refresh',
  ],
  'storage-volumes:view': [
    'GET /1.0/storage-pools/*/volumes',
    'GET /1.0/storage-pools/*/volumes/*',
    'GET /1.0/storage-pools/*/volumes/*/*',
    'GET /1.0/storage-pools/*/volumes/*/*/backups',
    'GET /1.0/storage-pools/*/volumes/*/*/backups/*',
    'GET /1.0/storage-pools/*/volumes/*/*/backups/*/export',
    'GET /1.0/storage-pools/*/volumes/*/*/snapshots',
    'GET /1.0/storage-pools/*/volumes/*/*/snapshots/*',
    'GET /1.0/storage-pools/*/volumes/*/*/state',
  ],
  'storage-volumes:manage': [
    'POST /1.0/storage-pools/*/volumes',
    'POST /1.0/storage-pools/*/volumes/*',
    'POST PUT PATCH DELETE /1.0/storage-pools/*/volumes/*/*',
    'POST /1.0/storage-pools/*/volumes/*/*/backups',
    'POST DELETE /1.0/storage-pools/*/volumes/*/*/backups/*',
    'POST /1.0/storage-pools/*/volumes/*/*/snapshots',
    'POST PUT PATCH DELETE /1.0/storage-pools/*/volumes/*/*/snapshots/*',
  ],
  'networks:view': [
    'GET /1.0/networks',
    'GET /1.0/networks/*',
    'GET /1.0/networks/*/leases',
    'GET /1.0/networks/*/state',
    'GET /1.0/network-acls',
    'GET /1.0/network-acls/*',
    'GET /1.0/network-acls/*/log',
    'GET /1.0/networks/*/forwards',
    'GET /1.0/networks/*/forwards/*',
    'GET /1.0/networks/*/peers',
    'GET /1.0/networks/*/peers/*',
    'GET /1.0/network-zones',
    'GET /1.0/network-zones/*',
    'GET /1.0/network-zones/*/records',
    'GET /1.0/network-zones/*/records/*',
  ],
  'networks:manage': [
    'POST /1.0/networks',
    'POST PUT PATCH DELETE /1.0/networks/*',
    'POST /1.0/network-acls',
    'POST PUT PATCH DELETE /1.0/network-acls/*',
    'POST /1.0/networks/*/forwards',
    'PUT PATCH DELETE /1.0/networks/*/forwards/*',
    'POST /1.0/networks/*/peers',
    'PUT PATCH DELETE /1.0/networks/*/peers/*',
    'POST /1.0/network-zones',
    'PUT PATCH DELETE /1.0/network-zones/*',
    'POST /1.0/network-zones/*/records',
    'PUT PATCH DELETE /1.0/network-zones/*/records/*',
  ],
}

const BY_ROUTE: ReadonlyMap<string, AccessClass> = new Map(
  Object.entries(CLASSES).flatMap(([access, lines]) =>
    lines.flatMap((line) => {
      const words = line.split(' ')
      const path = words.at(-1) ?? ''
      // The keys of the table are classes.
      return words
        .slice(0, -1)
        .map((method) => [`${method} ${path}`, access as AccessClass] as const)
    }),
  ),
)

/** What a route needs, by its path as find-my-way reads it. One that is not in the table is for administrators only. */
export function accessOf({
  method,
  path,
}: {
  readonly method: Method
  readonly path: string
}): AccessClass {
  if (path.startsWith('/internal/')) return 'local'
  return BY_ROUTE.get(`${method} ${path.replace(/:[^/]+/g, '*')}`) ?? 'admin'
}

/** Whether the table says what a route needs. */
export function isClassed(route: { readonly method: Method; readonly path: string }): boolean {
  return (
    route.path.startsWith('/internal/') ||
    BY_ROUTE.has(`${route.method} ${route.path.replace(/:[^/]+/g, '*')}`)
  )
}
