import { isLxworksError, LxworksError } from '../core/errors.ts'

export type Noun = 'Profile' | 'Project'

export function notFound(noun: Noun, name: string, project?: string): LxworksError {
  const where = project === undefined ? '' : ` in project ${project}`
  return new LxworksError(
    `${noun} not found: there is no ${noun.toLowerCase()} ${name}${where}; list them to see what there is`,
    {
      kind: 'notFound',
      code: `${noun.toUpperCase()}_NOT_FOUND`,
      context: { name, ...(project !== undefined && { project }) },
    },
  )
}

export function exists(noun: Noun, name: string): LxworksError {
  return new LxworksError(
    `The ${noun.toLowerCase()} already exists: ${name}; choose another name`,
    {
      kind: 'exists',
      code: `${noun.toUpperCase()}_EXISTS`,
      context: { name },
    },
  )
}

export function inUse(noun: Noun, name: string, users: readonly string[]): LxworksError {
  return new LxworksError(
    `${noun} is currently in use: ${name} by ${users.slice(0, 5).join(', ')}; take it away there first`,
    {
      kind: 'busy',
      code: `${noun.toUpperCase()}_IN_USE`,
      context: { name, users },
    },
  )
}

export function featuresAreFixed(name: string, changed: readonly string[]): LxworksError {
  return new LxworksError(
    `You can't change the features of the default project; leave ${changed.join(', ')} as they are`,
    { kind: 'invalid', code: 'PROJECT_FEATURES_FIXED', context: { name, changed } },
  )
}

export function isDefault(noun: Noun, verb: string): LxworksError {
  return new LxworksError(`The 'default' ${noun.toLowerCase()} cannot be ${verb}`, {
    kind: 'denied',
    code: `${noun.toUpperCase()}_IS_DEFAULT`,
  })
}

export function namedTwice(name: string): LxworksError {
  return new LxworksError(
    `Duplicate profile found in request: ${name} is named more than once; name it once, in its place`,
    { kind: 'invalid', code: 'PROFILE_NAMED_TWICE', context: { name } },
  )
}

export function sharesProfiles(project: string): LxworksError {
  return new LxworksError(
    `Projects without their own profiles cannot be restricted: those of default would escape the restrictions of ${project}; set features.profiles=true`,
    { kind: 'invalid', code: 'PROJECT_SHARES_PROFILES', context: { project } },
  )
}

export function verbForbidden(project: string, restriction: string): LxworksError {
  const what = {
    'restricted.backups': 'backup creation',
    'restricted.snapshots': 'snapshot creation',
  }
  const words =
    Object.entries(what).find(([key]) => key === restriction)?.[1] ?? 'choosing a member'
  return new LxworksError(
    `Project ${JSON.stringify(project)} doesn't allow for ${words} (${restriction} is block); have the project allow it`,
    { kind: 'denied', code: 'PROJECT_RESTRICTED', context: { project, restriction } },
  )
}

export function volatileIsOurs({
  key,
  name,
  project,
  restriction,
}: {
  readonly key: string
  readonly name: string
  readonly project: string
  readonly restriction: string
}): LxworksError {
  return new LxworksError(
    `Setting or changing ${JSON.stringify(key)} on instance ${JSON.stringify(name)} in project ${JSON.stringify(project)} is forbidden (${restriction} is block); leave it as it is`,
    { kind: 'denied', code: 'PROJECT_RESTRICTED', context: { project, name, key, restriction } },
  )
}

/** Says of a refusal that it is about an instance that uses the profile. */
export function unfitFor(
  { project, name }: { readonly project: string; readonly name: string },
  profile: string,
  error: unknown,
): unknown {
  if (!isLxworksError(error)) return error
  const { kind, code, context, message } = error
  return new LxworksError(
    `The profile ${profile} is used by instance ${name} of project ${project}, which it would make unusable: ${message}`,
    { kind, code, context: { ...context, profile, project, instance: name }, cause: error },
  )
}

/** Names become parts of URLs and, for projects, of file names. */
export function checkName(noun: Noun, name: string): void {
  const bad =
    name === '' ||
    name.length > 64 ||
    name === '.' ||
    name === '..' ||
    /[/*?#&+\s'"\\]|\p{Cc}/u.test(name)
  if (!bad && !(noun === 'Project' && name.includes('_'))) return
  throw new LxworksError(
    `Invalid ${noun.toLowerCase()} name ${JSON.stringify(name.slice(0, 80))}: it must be 1 to 64 characters without slashes, quotes and white space`,
    { kind: 'invalid', code: `${noun.toUpperCase()}_BAD_NAME` },
  )
}
