import type { RawConfig } from '../../core/config.ts'
import { LxworksError } from '../../core/errors.ts'
import type { ImageTemplate } from '../../images/contract.ts'
import type { Devices } from '../../projects/contract.ts'
import type { Budget } from './budget.ts'
import { shown } from './fault.ts'
import { renderTemplate } from './render.ts'
import { textOf, type Value } from './values.ts'

/** What templates are rendered with when an instance starts. */
export interface TemplateWork {
  /** What has happened to the instance since it last ran, and that it starts. */
  readonly triggers: readonly string[]
  readonly instance: RawConfig
  readonly config: RawConfig
  readonly devices: Devices
}

/** A template that is wanted now. */
export interface WantedTemplate extends ImageTemplate {
  readonly trigger: string
  /** Where its output goes, in the instance. */
  readonly path: string
}

/** A file of the instance, whole. */
export interface TemplateFile {
  readonly path: string
  readonly text: string
  /** One that is there stays as it is. */
  readonly createOnly: boolean
}

/** Pure: which templates are wanted, in the order in which they are applied. Refuses with kind `invalid` where one would go to no file. */
export function wantedTemplates(
  triggers: readonly string[],
  templates: Readonly<Record<string, ImageTemplate>>,
): readonly WantedTemplate[] {
  return triggers.flatMap((trigger) =>
    Object.entries(templates)
      .filter(([, { when }]) => when.includes(trigger))
      .map(([path, template]) => ({ ...template, trigger, path: checkedPath(path) })),
  )
}

/** Pure but for the budget, which all templates of one start share. */
export function planTemplate(
  wanted: WantedTemplate,
  source: string,
  { work, budget }: { readonly work: TemplateWork; readonly budget: Budget },
): TemplateFile {
  const { template: name, path, createOnly } = wanted
  const text = renderTemplate({ name, source }, { names: namesOf(wanted, work), budget })
  return { path, text, createOnly }
}

function namesOf(
  { trigger, path, properties }: WantedTemplate,
  { instance, config, devices }: TemplateWork,
): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ['trigger', trigger],
    ['path', path],
    ['instance', mapOf(instance)],
    // The name of before there were machines.
    ['container', mapOf(instance)],
    ['config', mapOf(config)],
    ['devices', new Map(Object.entries(devices).map(([name, device]) => [name, mapOf(device)]))],
    ['properties', mapOf(properties)],
    ['config_get', (key, fallback) => trimmed(config, textOf(key)) ?? fallback],
  ])
}

function mapOf(values: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, Value> {
  return new Map(Object.entries(values))
}

function trimmed(config: RawConfig, key: string): string | undefined {
  const value = Object.hasOwn(config, key) ? config[key] : undefined
  if (value === undefined) return undefined
  let end = value.length
  while (end > 0 && /[\r\n]/.test(value.charAt(end - 1))) end -= 1
  return value.slice(0, end)
}

/** The kernel keeps it in the instance's root whatever it is; one with such parts is a mistake, or an attempt. */
function checkedPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.length > 0 && !path.endsWith('/') && !parts.includes('..') && !/[\0\r\n]/.test(path))
    return `/${parts.join('/')}`
  throw new LxworksError(
    `The image is broken: a template cannot go to ${shown(path)}; correct the instance's metadata`,
    { kind: 'invalid', code: 'INSTANCE_BAD_TEMPLATE_TARGET', context: { path } },
  )
}
