import type { Helper } from '../../../../bindings/helper/native.ts'
import { type Cancellable, cancelled } from '../../../core/cancel.ts'
import { errorMessage } from '../../../core/errors.ts'
import { badDocument, shown } from './refusals.ts'
import type { UserIds } from './stored.ts'

const PASSWD = 'etc/passwd'
const GROUP = 'etc/group'
const TABLE_BYTES = 1024 * 1024
const READ_MS = 600_000
const LARGEST_ID = 0xff_ff_ff_fe

/** How the tables of users are read: by the confined program, out of the layers, the topmost first. */
interface Reading extends Cancellable {
  readonly archives: Pick<Helper, 'readMembers'>
  readonly layers: readonly string[]
}

type Tables = ReadonlyMap<string, string>

/**
 * `user[:group]` of an image in numbers. Only names are looked up, in the image's own tables; a group that is not named is the user's. Refuses
 * with code `IMAGE_OCI_BAD_DOCUMENT` a name that the image does not know.
 */
export async function resolveUser(text: string, reading: Reading): Promise<UserIds> {
  const [user = '', group] = text.split(':')
  const uid = numeric(user === '' ? '0' : user)
  const gid = group === undefined ? undefined : numeric(group)
  if (
    uid !== undefined &&
    (gid !== undefined || uid === 0) &&
    (group === undefined || gid !== undefined)
  )
    return { uid, gid: gid ?? 0 }
  return lookedUp({ user, group }, await tables(reading))
}

function lookedUp(
  { user, group }: { readonly user: string; readonly group: string | undefined },
  found: Tables,
): UserIds {
  const entry = rows(found.get(PASSWD)).find(([name, , uid]) => name === user || uid === user)
  const uid = numeric(user) ?? numeric(entry?.[2] ?? '')
  if (uid === undefined)
    throw badDocument('configuration', `its user ${shown(user)} is not in its /etc/passwd`)
  if (group === undefined) return { uid, gid: numeric(entry?.[3] ?? '') ?? 0 }
  const gid =
    numeric(group) ?? numeric(rows(found.get(GROUP)).find(([name]) => name === group)?.[2] ?? '')
  if (gid === undefined)
    throw badDocument('configuration', `its group ${shown(group)} is not in its /etc/group`)
  return { uid, gid }
}

/** Of each table the topmost layer's. */
async function tables(reading: Reading): Promise<Tables> {
  const found = new Map<string, string>()
  for (const archive of reading.layers.toReversed()) {
    const names = [PASSWD, GROUP].filter((name) => !found.has(name))
    if (names.length === 0) break
    for (const [name, bytes] of await members(archive, names, reading))
      found.set(name, bytes.toString('utf8'))
  }
  return found
}

async function members(
  archive: string,
  names: readonly string[],
  { archives, signal }: Reading,
): Promise<ReadonlyMap<string, Buffer>> {
  try {
    const request = { archive, names, maxBytesEach: TABLE_BYTES, timeMs: READ_MS }
    return await archives.readMembers(request, signal ? { signal } : {})
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal.reason)
    throw badDocument('layer', errorMessage(error), error)
  }
}

function rows(table = ''): readonly (readonly string[])[] {
  return table.split('\n').map((line) => line.split(':'))
}

function numeric(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : undefined
  return id !== undefined && id <= LARGEST_ID ? id : undefined
}
