/** What the Bot API answers when it says no. */

export interface RefusalParameters {
  retry_after?: number;
  migrate_to_chat_id?: number;
}

/** Thrown by a method; becomes `{ok: false, error_code, description, parameters}` with the same HTTP status. */
export class BotApiRefusal extends Error {
  readonly status: number;
  readonly description: string;
  readonly parameters: RefusalParameters | undefined;

  constructor(status: number, description: string, parameters?: RefusalParameters) {
    super(description);
    this.status = status;
    this.description = description;
    this.parameters = parameters;
  }
}

/** The commonest refusal: 400 with Telegram's prefix. */
export function badRequest(description: string, parameters?: RefusalParameters): BotApiRefusal {
  return new BotApiRefusal(400, `Bad Request: ${description}`, parameters);
}
