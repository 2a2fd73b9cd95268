import type { HttpAnswer } from "../http/serve_http.ts";
import { Refusal } from "../refusal.ts";
import { answerText } from "./format_answers.ts";
import { tellRefusal } from "./refuse_request.ts";
import type { KnownRequest, RackRoom } from "./request.ts";

/** `PUT /system`: parameters or a version, for admins. */
export async function changeSystem(
  known: KnownRequest,
  room: RackRoom,
): Promise<HttpAnswer> {
  const { user, caller, exchange } = known;
  let verb = "params";
  try {
    if (!user.admin) {
      throw new Refusal(403, "you are unauthorized to access this");
    }
    const form = readForm(await exchange.readBody());
    if (form.has("version")) verb = "update";
    const flag = form.has("version") ? "update" : "params";
    if (!room.allow[flag]) {
      throw new Refusal(403, `this rack runs without --allow-${flag}`);
    }
    const lines = await room.settings.change(form, caller);
    return answerText(lines.map((line) => `${line}\n`).join(""));
  } catch (error) {
    throw await tellRefusal(error, known, { verb }, room);
  }
}

function readForm(body: Uint8Array): ReadonlyMap<string, string> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new Refusal(400, "the form is not UTF-8");
  }
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (form.has(name)) {
      throw new Refusal(400, "a field of the form stands there twice");
    }
    form.set(name, value);
  }
  return form;
}
