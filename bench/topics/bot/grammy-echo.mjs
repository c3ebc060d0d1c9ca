// The bot that ours is measured against: grammY, and a handler that only says the text again. Nothing is kept, nobody is asked who he is.

import { Bot } from 'grammy';

const { BOT_TOKEN = '', BOT_API = '', BOT_WAITS } = process.env;

const bot = new Bot(BOT_TOKEN, { client: { apiRoot: BOT_API } });
bot.on('message:text', (context) => {
  const answered = context.reply(context.message.text, {
    reply_parameters: { message_id: context.message.message_id },
  });
  // Awaited as in grammY's own examples, it takes one update after the other.
  return BOT_WAITS === '1' ? answered : void answered.catch((error) => console.error(error));
});
process.once('SIGTERM', () => void bot.stop());
await bot.start();
