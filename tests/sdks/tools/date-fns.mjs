import { addMonths, differenceInCalendarDays, eachWeekOfInterval, format, formatDistance, parseISO } from "date-fns";
import { de } from "date-fns/locale";

export async function call() {
  const start = parseISO("2024-01-31T12:30:00Z");
  return {
    next: addMonths(start, 1).toISOString(),
    text: format(start, "yyyy-MM-dd'T'HH:mm EEEE"),
    german: format(start, "d. MMMM yyyy", { locale: de }),
    distance: formatDistance(start, parseISO("2025-03-02T00:00:00Z")),
    days: differenceInCalendarDays(parseISO("2024-03-01T12:00:00Z"), start),
    weeks: eachWeekOfInterval({ start, end: addMonths(start, 1) }).length,
  };
}
