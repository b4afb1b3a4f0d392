// How does a figure read? Money and contracts come as decimal strings; what nobody has reported is a dash.

const number = new Intl.NumberFormat("en-US");
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const fineDollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 4 });

// Text from outside may hold what cannot be seen and reorders or hides its neighbours: "\u202e" → "\\u202e".
export const printable = (value) => String(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (unseen) => {
  const code = unseen.codePointAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
});

const orDash = (read) => (value) => (value === null || value === undefined ? "–" : read(value));
const minus = (text) => text.replace("-", "−");

export const count = orDash((value) => number.format(value));
export const some = (n, words) => (n ? [`${count(n)} ${words}`] : []); // of what is seldom there at all
export const contracts = orDash((text) => number.format(Number(text)));
export const money = orDash((text) => minus(dollars.format(Number(text))));
export const fee = orDash((text) => fineDollars.format(Number(text))); // most are parts of a cent
export const signed = (text) => (Number(text) > 0 ? "+" : "") + money(text);
export const cents = orDash((text) => `${number.format(Number(text) * 100)}¢`);

// Prices come as those of YES; ("0.6600", "BUY_NO") or ("0.6600", "+2 NO") → "34¢", what a NO costs
export const price = (text, traded) => cents(traded?.endsWith("NO") && text ? 1 - Number(text) : text);
export const clock = (us) => (us ? new Date(us / 1000).toLocaleTimeString([], { hour12: false }) : "–");
export const seconds = orDash((s) => `${Number(s).toFixed(1)} s`);
export const tone = (text) => (Number(text) > 0 ? "gain" : Number(text) < 0 ? "loss" : "");

// "10.00" → "10 YES", "-2.50" → "2.5 NO"
export const held = orDash((position) => {
  const size = Number(position);
  return `${number.format(Math.abs(size))} ${size < 0 ? "NO" : "YES"}`;
});

// The signed changes of the log: "-2 YES, +3 NO" → "sold 2 YES, bought 3 NO"
export const traded = orDash((changes) => changes.replace(/[+-]/g, (sign) => (sign === "+" ? "bought " : "sold ")));

// 57 → "57s", 3723 → "1h 2m 3s"
export const duration = orDash((s) => {
  const [hours, minutes] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return `${hours ? `${hours}h ` : ""}${s >= 60 ? `${minutes}m ` : ""}${s % 60}s`;
});
