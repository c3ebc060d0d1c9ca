/** The shape of the config file, and the defaults of every setting. */

import * as z from 'zod';

const id = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^-?\d{1,20}$/, 'must be a Telegram id (digits)'));
const userId = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,19}$/, "must be a person's Telegram id (digits)"));
const url = z.string().regex(/^https?:\/\/\S+$/, 'must be an http(s) URL');
const count = z.number().int().min(1);
const seconds = z.number().positive();
const environment = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
  z.string(),
);
const name = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be a short lower-case name');

const profile = z.strictObject({
  /** Base URL and key of a service that speaks the agent's protocol. */
  baseUrl: url.optional(),
  apiKey: z.string().min(1).optional(),
  authToken: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  /** Further variables of the agent's environment. */
  env: environment.default({}),
});

const customAgent = z.strictObject({
  /** Program and arguments; the prompt comes on standard input, the answer is what it prints. */
  command: z.array(z.string().min(1)).min(1),
  env: environment.default({}),
});

export const configSchema = z.strictObject({
  language: z.enum(['auto', 'en', 'zh']).default('auto'),
  telegram: z
    .strictObject({
      token: z
        .string()
        .regex(/^\d{5,12}:[A-Za-z0-9_-]{20,}$/, 'must be a bot token as BotFather gives it')
        .optional(),
      apiUrl: url.default('https://api.telegram.org'),
      proxy: url.optional(),
      defaultChat: id.optional(),
      /** People with every feature but `yolo` and without quota; a record in `users.json` overrides. */
      allowedUserIds: z.array(userId).default([]),
      /** The same, as admins. */
      adminIds: z.array(userId).default([]),
    })
    .prefault({}),
  agents: z
    .strictObject({
      default: z.string().min(1).default('claude'),
      claude: z.strictObject({ bin: z.string().min(1).optional() }).prefault({}),
      passEnv: z.array(z.string().min(1)).default([]),
      custom: z.record(name, customAgent).default({}),
    })
    .prefault({}),
  /** By chat id. */
  groups: z
    .record(
      z.string().regex(/^-\d{1,20}$/, "must be a group's id (digits after a minus)"),
      z.strictObject({
        /** Everybody known in the group controls its tasks, not only who asked for them. */
        shared: z.boolean().default(false),
      }),
    )
    .default({}),
  bot: z
    .strictObject({
      /** A message that comes later than this is answered with a question first. */
      confirmAfterSeconds: seconds.default(3600),
      /** What a message without a command is: a task, or worth a hint. */
      plainText: z.enum(['task', 'hint']).default('task'),
    })
    .prefault({}),
  approvals: z
    .strictObject({
      /** A question that nobody answered for so long is denied. */
      timeoutMinutes: z.number().positive().default(30),
      /** Who asked for the task does not answer its questions. */
      notByRequester: z.boolean().default(false),
    })
    .prefault({}),
  profiles: z.record(name, profile).default({}),
  timeouts: z
    .strictObject({
      silenceSeconds: seconds.default(600),
      wallSeconds: seconds.nullable().default(null),
      backgroundSeconds: seconds.default(600),
      /** Between interrupt, terminate and kill. */
      graceSeconds: seconds.default(5),
    })
    .prefault({}),
  limits: z
    .strictObject({
      maxSessions: count.default(5),
      perUser: count.default(5),
      minFreeMemoryMb: z.number().min(0).default(512),
    })
    .prefault({}),
  yolo: z.strictObject({ allowRoot: z.boolean().default(false) }).prefault({}),
});

/** Every setting with its value; what the program works with. */
export type Settings = z.output<typeof configSchema>;
export type ConfigFile = z.input<typeof configSchema>;
export type Profile = z.output<typeof profile>;
export type CustomAgent = z.output<typeof customAgent>;
