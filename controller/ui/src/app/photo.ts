import { RefusedError } from "../api/ui-error.ts";
import { msg } from "../language/message.ts";

const maxSide = 1280;
// What the controller takes, less what base64 rounds up to.
const maxBytes = 200 * 1024 - 16;
const qualities = [0.82, 0.7, 0.55, 0.4] as const;

/** A picture of whatever kind the browser reads as a small JPEG in base64, drawn anew: nothing but what is to be seen is left. */
export async function photoOf(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file).catch(() => {
    throw refusal();
  });
  const scale = Math.min(1, maxSide / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  for (const quality of qualities) {
    const drawn = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
    if (drawn !== null && drawn.size <= maxBytes) return base64Of(drawn);
  }
  throw refusal();
}

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

function refusal(): RefusedError {
  return new RefusedError(
    "no-picture",
    422,
    msg`This file is no picture that can be shown here.`,
    msg`Next: choose another one.`,
  );
}
