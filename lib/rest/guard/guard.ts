import type { AccessClass, Resource } from '../../access/contract.ts'
import type { Host } from '../../host/contract.ts'
import type { ProjectRecord } from '../../projects/contract.ts'
import { denied, notFound } from '../failures.ts'
import { isTrue } from '../lists.ts'
import type { Caller } from '../route.ts'
import type { Found } from '../router.ts'

export interface Admission {
  readonly found: Found
  readonly caller: Caller
  readonly project: string
  readonly query: URLSearchParams
  /** Of an image that is sent. */
  readonly secret?: string | undefined
}

interface Admitted {
  readonly host: Host
  readonly caller: Caller
}

/**
 * Lets a request in, and gives the host as its caller may see it, in the request's project. Kind `denied` for what the caller may not
 * do, `notFound` for a project that it must not know of; whether that exists makes no difference to the answer.
 */
export async function admit(host: Host, given: Admission): Promise<Admitted> {
  const admission = { ...given, caller: inRole(given) }
  const { found, caller, query } = admission
  const { access } = found
  const project = listsAll(found, query) ? anyProject(admission) : admission.project
  const verdict = host.access.decide(caller.trust, {
    ...{ access, project, home: await homeOf(host, { ...admission, project }) },
    openMetrics: access === 'metrics' && (await areMetricsOpen(host)),
  })
  if (verdict !== 'allow' && isBySecret(given)) return asStranger(host, given)
  if (verdict === 'deny') throw denied('not authorized')
  if (verdict === 'hide') throw notFound('Project not found')
  const seen = host.seenBy(caller.trust)
  return { host: given.project === 'default' ? seen : seen.in(given.project), caller }
}

/** An image may be sent by whoever has a secret for it; whether it is one is found out before a byte of the image is read. */
function isBySecret({ found: { route }, secret }: Admission): boolean {
  return secret !== undefined && route.method === 'POST' && route.path === '/1.0/images'
}

function asStranger(host: Host, { caller, project }: Admission): Admitted {
  const trust = { trust: 'none' } as const
  const seen = host.seenBy(trust)
  return {
    host: project === 'default' ? seen : seen.in(project),
    caller: { ...caller, trust },
  }
}

/** Whoever may read the metrics is a stranger to everything else. */
function inRole({ caller, found }: Admission): Caller {
  const isWatcher = caller.trust.trust === 'metrics' && found.access !== 'metrics'
  return isWatcher ? { ...caller, trust: { trust: 'none' } } : caller
}

/** A list over all projects holds what its reader may see of each; so one of them is enough to ask for it. */
function listsAll({ route, access }: Found, query: URLSearchParams): boolean {
  const isList = route.method === 'GET' && route.path === '/1.0/instances'
  return isList && access.endsWith(':view') && isTrue(query.get('all-projects'))
}

function anyProject({ caller: { trust }, project }: Admission): string {
  return trust.trust === 'restricted' ? (trust.projects[0] ?? project) : project
}

/** Only asked for those whom it makes a difference to. */
async function homeOf(
  host: Host,
  { found, caller, project }: Omit<Admission, 'query'>,
): Promise<string> {
  const { access, params } = found
  const asks = caller.trust.trust === 'restricted' && caller.trust.projects.includes(project)
  if (!asks || access.endsWith(':view') || project === 'default') return project
  const feature = featureOf(access)
  // Volumes of instances are where their instances are.
  if (feature === undefined || (params.type ?? 'custom') !== 'custom') return project
  return keepsOwn(await host.projects.get(project), feature) ? project : 'default'
}

const FEATURES: Readonly<Partial<Record<Resource, string>>> = {
  images: 'features.images',
  networks: 'features.networks',
  profiles: 'features.profiles',
  'storage-volumes': 'features.storage.volumes',
}

function featureOf(access: AccessClass): string | undefined {
  const [resource = ''] = access.split(':')
  // What is no resource has no entry.
  return FEATURES[resource as Resource]
}

function keepsOwn({ config }: ProjectRecord, feature: string): boolean {
  return isTrue(config[feature])
}

async function areMetricsOpen(host: Host): Promise<boolean> {
  return (await host.server.value('core.metrics_authentication')) === 'false'
}
