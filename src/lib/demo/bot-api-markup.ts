/** Checks a message's buttons by the rules of the Bot API. */
import { badRequest } from './bot-api-refusal.ts';

const MAX_BUTTONS = 100;
const MAX_DATA_BYTES = 64;
const ACTIONS = [
  'callback_data',
  'callback_game',
  'copy_text',
  'login_url',
  'pay',
  'switch_inline_query',
  'switch_inline_query_chosen_chat',
  'switch_inline_query_current_chat',
  'url',
  'web_app',
];

/**
 * The markup as it will be kept; `null` for none or an empty keyboard.
 * @throws BotApiRefusal 400 for malformed keyboards, text-only buttons and callback data beyond 1–64 bytes.
 */
export function checkMarkup(markup: unknown): unknown {
  if (markup === undefined || markup === null) return null;
  if (typeof markup !== 'object' || Array.isArray(markup)) throw badRequest('object expected as reply markup');
  if (!('inline_keyboard' in markup)) return markup;
  const rows = markup.inline_keyboard;
  if (!Array.isArray(rows)) throw badRequest('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array');
  for (const row of rows) {
    if (!Array.isArray(row)) throw badRequest('field "inline_keyboard" must be an Array of Arrays');
    for (const button of row) checkButton(button);
  }
  const count = rows.flat().length;
  if (count > MAX_BUTTONS) throw badRequest('reply markup is too long');
  return count === 0 ? null : markup;
}

function checkButton(button: unknown): void {
  if (typeof button !== 'object' || button === null) throw badRequest('InlineKeyboardButton must be an Object');
  if (!('text' in button) || typeof button.text !== 'string' || button.text.trim() === '') {
    throw badRequest('inline keyboard button text is empty');
  }
  if (!ACTIONS.some((action) => action in button)) {
    throw badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
  }
  if (!('callback_data' in button)) return;
  const bytes = Buffer.byteLength(String(button.callback_data));
  if (bytes < 1 || bytes > MAX_DATA_BYTES) throw badRequest('BUTTON_DATA_INVALID');
}
