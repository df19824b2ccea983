// What packages for dates, time zones and messages make of Intl.
import { DateTime } from "luxon";
import dayjs from "dayjs"; import utc from "dayjs/plugin/utc"; import tz from "dayjs/plugin/timezone"; import "dayjs/locale/de"; import lf from "dayjs/plugin/localizedFormat";
import { formatInTimeZone, toZonedTime, fromZonedTime } from "date-fns-tz"; import { format } from "date-fns"; import { de, fr } from "date-fns/locale"; import { TZDate } from "@date-fns/tz";
import moment from "moment-timezone"; import { IntlMessageFormat } from "intl-messageformat"; import Polyglot from "node-polyglot";
dayjs.extend(utc); dayjs.extend(tz); dayjs.extend(lf);
const T = Date.UTC(2026, 6, 5, 7, 8, 9);
export const cases = {
  luxon: () => [DateTime.fromMillis(T, { zone: "Europe/Berlin" }).toISO(), DateTime.fromMillis(T, { zone: "America/New_York" }).setLocale("fr").toLocaleString(DateTime.DATETIME_HUGE), DateTime.fromMillis(T, { zone: "Asia/Tokyo", locale: "ja" }).toFormat("cccc dd LLLL yyyy HH:mm ZZZZ"), DateTime.fromISO("2026-03-29T02:30", { zone: "Europe/Berlin" }).toISO(), DateTime.fromMillis(T).plus({ days: 3 }).toRelative({ base: DateTime.fromMillis(T), locale: "de" }), DateTime.fromMillis(T, { zone: "Australia/Sydney" }).offsetNameLong, DateTime.fromFormat("5 juillet 2026", "d MMMM yyyy", { locale: "fr", zone: "utc" }).toISO()],
  dayjs: () => [dayjs(T).tz("America/New_York").format(), dayjs.tz("2026-01-05 10:00", "Asia/Kolkata").toISOString(), dayjs(T).tz("Europe/Berlin").locale("de").format("LLLL"), dayjs.tz.guess()],
  datefns: () => [formatInTimeZone(T, "Asia/Tokyo", "yyyy-MM-dd HH:mm zzz"), formatInTimeZone(T, "America/New_York", "PPPPpppp", { locale: fr }), toZonedTime(T, "Europe/Paris").toISOString(), fromZonedTime("2026-01-05 10:00", "America/Los_Angeles").toISOString(), format(T, "PPPP", { locale: de }), format(new TZDate(T, "Asia/Singapore"), "yyyy-MM-dd HH:mm xxx")],
  moment: () => [moment.tz(T, "Europe/Berlin").format(), moment.tz("2026-01-05 10:00", "America/Sao_Paulo").toISOString(), moment.tz.guess()],
  message: () => [new IntlMessageFormat("{n, plural, one {# Katze} other {# Katzen}} am {d, date, long} für {p, number, ::currency/EUR}", "de").format({ n: 3, d: new Date(T), p: 12.5 }), new IntlMessageFormat("{n, plural, one{# кот} few{# кота} many{# котов} other{# кота}}", "ru").format({ n: 22 }), new IntlMessageFormat("{n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}", "en").format({ n: 23 })],
  polyglot: () => [new Polyglot({ locale: "ru", phrases: { c: "%{smart_count} кот |||| %{smart_count} кота |||| %{smart_count} котов" } }).t("c", 5)],
};
export const all = () => Object.fromEntries(Object.entries(cases).map(([name, run]) => [name, run()]));
