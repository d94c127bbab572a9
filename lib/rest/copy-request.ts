import type { Host } from '../host/contract.ts'
import type { CopyRequest, CopySource } from '../instances/contract.ts'
import { invalid } from './failures.ts'
import { type Creation, checkedName, refuseUnsupported, typeOf } from './instance-request.ts'
import type { Collection } from './route.ts'

/** What the host is asked to copy. The source is looked up first, so that a wrong name is an answer and no failed operation. */
export async function copyRequest(
  host: Host,
  body: Creation,
  collection: Collection,
): Promise<CopyRequest> {
  refuseUnsupported(body)
  const { source: from } = body
  if (body.type || collection === 'virtual-machines') refuseOtherType(typeOf(body, collection))
  const base = from['base-image']
  const config = { ...(base !== '' && { 'volatile.base_image': base }), ...body.config }
  return {
    source: await sourceOf(host, from),
    ...(body.name !== '' && { name: checkedName(body.name) }),
    ...{ description: body.description, ephemeral: body.ephemeral, config },
    ...(body.profiles && { profiles: body.profiles }),
    ...(body.devices && { devices: body.devices }),
    instanceOnly: from.instance_only || from.container_only,
    refresh: from.refresh,
    allowInconsistent: from.allow_inconsistent,
  }
}

/** `c1`, or `c1/snap0`. */
async function sourceOf(host: Host, { source, project }: Creation['source']): Promise<CopySource> {
  if (source === '') throw invalid('Must specify a source instance')
  const [name = '', ...rest] = source.split('/')
  const there = project === '' ? host : host.in(project)
  const instance = await there.instances.get(name)
  const found = { name, ...(project !== '' && { project }) }
  if (rest.length === 0) return found
  return { ...found, snapshot: (await instance.snapshots.get(rest.join('/'))).snapshot }
}

function refuseOtherType(type: ReturnType<typeof typeOf>): void {
  if (type === 'container') return
  throw invalid('Instance type should not be specified or should match source type')
}
