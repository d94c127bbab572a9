import type { AccessClass, Verdict } from './classes.ts'
import type { Identity } from './identity.ts'

/** What somebody is about to do, and to what. */
export interface Question {
  readonly access: AccessClass
  /** The project that the request names. */
  readonly project: string
  /** Where that project keeps what is asked for, when it shares it with another. @default project */
  readonly home?: string
  /** Whether anybody may read the metrics: `core.metrics_authentication` is off. @default false */
  readonly openMetrics?: boolean
}

/** Whether a request may go on. The only place where this is decided. */
export function decide(identity: Identity, question: Question): Verdict {
  const { access, openMetrics = false } = question
  if (access === 'public' || identity.trust === 'local') return 'allow'
  if (access === 'metrics') return openMetrics ? 'allow' : metrics(identity, question)
  switch (identity.trust) {
    case 'admin':
      return access === 'local' ? 'deny' : 'allow'
    case 'restricted':
      return restricted(identity.projects, question)
    case 'metrics':
    case 'none':
      return 'deny'
    default:
      return identity satisfies never
  }
}

function metrics(identity: Identity, { project }: Question): Verdict {
  if (identity.trust === 'none') return 'deny'
  if (identity.trust === 'restricted') return inProject(identity.projects, project)
  return 'allow'
}

/** What a project shares with another is seen and used through it, and changed only by who may change it where it is. */
function restricted(projects: readonly string[], { access, project, home }: Question): Verdict {
  if (access === 'trusted') return 'allow'
  if (access === 'admin' || access === 'local') return 'deny'
  const verdict = inProject(projects, project)
  if (verdict !== 'allow' || access.endsWith(':view')) return verdict
  return projects.includes(home ?? project) ? 'allow' : 'deny'
}

/** That there is a project `default` is no secret. */
function inProject(projects: readonly string[], project: string): Verdict {
  if (projects.includes(project)) return 'allow'
  return project === 'default' ? 'deny' : 'hide'
}
