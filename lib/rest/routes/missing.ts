import { unsupported } from '../failures.ts'
import { type Method, type Route, sync } from '../route.ts'

/** What the API has and this server does not do yet, with what a client is told. */
export const MISSING: readonly (readonly [reason: string, ...paths: readonly string[]])[] = [
  [
    'clustering is not part of this server',
    'PUT /1.0/cluster',
    'PUT /1.0/cluster/certificate',
    'GET POST /1.0/cluster/members',
    'GET POST PUT PATCH DELETE /1.0/cluster/members/:name',
    'POST /1.0/cluster/members/:name/state',
    'GET POST /1.0/cluster/groups',
    'GET POST PUT PATCH DELETE /1.0/cluster/groups/:name',
  ],
  [
    'backups are not made here',
    'POST /1.0/instances/:name/backups',
    'POST DELETE /1.0/instances/:name/backups/:id',
    'GET /1.0/instances/:name/backups/:id/export',
  ],
  ['SFTP is not served here; use the files of the instance', 'GET /1.0/instances/:name/sftp'],
  [
    'volumes can only be listed here; instances make and delete theirs',
    'POST /1.0/storage-pools/:pool/volumes',
    'POST /1.0/storage-pools/:pool/volumes/:type',
    'POST PUT PATCH DELETE /1.0/storage-pools/:pool/volumes/:type/:volume',
    'GET POST /1.0/storage-pools/:pool/volumes/:type/:volume/backups',
    'GET POST DELETE /1.0/storage-pools/:pool/volumes/:type/:volume/backups/:id',
    'GET /1.0/storage-pools/:pool/volumes/:type/:volume/backups/:id/export',
    'GET POST /1.0/storage-pools/:pool/volumes/:type/:volume/snapshots',
    'GET POST PUT PATCH DELETE /1.0/storage-pools/:pool/volumes/:type/:volume/snapshots/:id',
    'GET /1.0/storage-pools/:pool/volumes/:type/:volume/state',
  ],
  [
    'of networks, only bridges with their leases and state are served here',
    'GET POST /1.0/network-acls',
    'GET POST PUT PATCH DELETE /1.0/network-acls/:name',
    'GET /1.0/network-acls/:name/log',
    'GET POST /1.0/networks/:name/forwards',
    'GET PUT PATCH DELETE /1.0/networks/:name/forwards/:listenAddress',
    'GET POST /1.0/networks/:name/peers',
    'GET PUT PATCH DELETE /1.0/networks/:name/peers/:peerName',
    'GET POST /1.0/network-zones',
    'GET PUT PATCH DELETE /1.0/network-zones/:name',
    'GET POST /1.0/network-zones/:zone/records',
    'GET PUT PATCH DELETE /1.0/network-zones/:zone/records/:name',
  ],
]

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const missingRoutes: readonly Route[] = MISSING.flatMap(([reason, ...paths]) =>
  paths.flatMap((line) => routesOf(line, reason)),
)

/** `GET PUT /path`: one route for each method. */
function routesOf(line: string, reason: string): readonly Route[] {
  const words = line.split(' ')
  const path = words.at(-1) ?? ''
  return METHODS.filter((method) => words.includes(method)).map((method) =>
    sync({
      method,
      path,
      run: async () => {
        throw unsupported(reason)
      },
    }),
  )
}
