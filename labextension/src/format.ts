/** How facts are said to people: durations, sizes, times, numbers. Durations and sizes read as on the command line. */

/** Seconds: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`; empty where unknown. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) {
    return '';
  }
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? withRest(minutes, 'min', whole % 60, 's')
    : withRest(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest ? `${count} ${unit} ${rest} ${restUnit}` : `${count} ${unit}`;
}

/** Bytes, in decimal units: `512 B`, `1.2 MB`; empty where unknown. */
export function formatSize(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) {
    return '';
  }
  let number = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (number < 999.5) {
      return `${number.toFixed(unit === 'B' || number >= 99.5 ? 0 : 1)} ${unit}`;
    }
    number /= 1000;
  }
  return `${number.toFixed(1)} TB`;
}

/** A measured number with as many digits as help: `0.8137`, `12,408`, `1.2e-7`. */
export function formatNumber(value: number, locale?: string): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) {
    return value.toExponential(2).replace(/\.?0+e/, 'e');
  }
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: size >= 1e4 ? 15 : 5 }).format(value);
}

/** By how much a number changed, always with its sign: `+0.012`, `−3`. */
export function formatDifference(before: number, after: number, locale?: string): string {
  const difference = after - before;
  const sign = difference < 0 ? '−' : difference > 0 ? '+' : '±';
  return `${sign}${formatNumber(Math.abs(difference), locale)}`;
}

/** A value of a parameter as one would write it, cut to a length that leaves room for others. */
export function formatValue(value: unknown, length = 32): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60]
];

/** How long ago a time was, both in seconds since the epoch: `now`, `5 minutes ago`, `yesterday`; a date after a week. */
export function formatWhen(time: number, now: number, locale?: string): string {
  const seconds = Math.max(now - time, 0);
  if (seconds >= 7 * 86_400) {
    return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(time * 1000);
  }
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const [unit, length] = STEPS.find(([, length]) => seconds >= length) ?? ['second', Number.POSITIVE_INFINITY];
  return relative.format(-Math.floor(seconds / length), unit);
}

/** A time to the second, in the reader's zone. */
export function formatTime(time: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(time * 1000);
}
