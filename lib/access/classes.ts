/** What a project has, in the words of LXD's permissions. */
export type Resource = 'containers' | 'images' | 'networks' | 'profiles' | 'storage-volumes'

/** What may be done with a kind of resource. */
export type Permission = 'view' | 'operate' | 'manage'

/**
 * What a request needs to be allowed.
 *
 * - `public`: nothing; the answer holds only what anybody may know.
 * - `trusted`: to be known here; the answer holds only what the one who asks may see.
 * - `admin`: the whole server.
 * - `local`: the whole server, from the machine itself.
 * - `metrics`: a metrics certificate, or to be known here; nothing when metrics are open to all.
 * - `<resource>:<permission>`: that permission in the request's project.
 */
export type AccessClass =
  | 'public'
  | 'trusted'
  | 'admin'
  | 'local'
  | 'metrics'
  | `${Resource}:${Permission}`

/** `hide`: as if it were not there, because the one who asks must not learn that it is. */
export type Verdict = 'allow' | 'deny' | 'hide'
