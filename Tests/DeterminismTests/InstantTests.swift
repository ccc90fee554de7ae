import Testing

@testable import Determinism

@Suite struct InstantTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2025-03-10T09:00:00Z", 1_741_597_200), ("2000-02-29T23:59:59Z", 951_868_799),
        ("1969-12-31T23:59:59Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ])
    func readsAndWritesKnownTimes(text: String, seconds: Int) {
        #expect(Instant(text)?.seconds == Int64(seconds))
        #expect(Instant(seconds: Int64(seconds)).text == text)
    }

    @Test(arguments: [
        ("2025-03-10T10:00:00+01:00", "2025-03-10T09:00:00Z"), ("2025-03-10T09:00:00", "2025-03-10T09:00:00Z"),
        ("2025-03-10 09:00:00.25z", "2025-03-10T09:00:00Z"), ("2025-01-01T00:30:00+05:30", "2024-12-31T19:00:00Z"),
    ])
    func bringsZonesToUTC(text: String, utc: String) { #expect(Instant(text)?.text == utc) }

    @Test(arguments: [
        "", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",
        "2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00.Z", "2025-01-01T00:00:00Zjunk", "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00", "2025-1-1T00:00:00Z", "２０２５-01-01T00:00:00Z",
    ])
    func refusesWhatIsNoTime(text: String) { #expect(Instant(text) == nil) }

    @Test func everyDayOfFourCenturiesReadsBack() {
        let start = CalendarDate(year: 1800, month: 1, day: 1).daysSinceEpoch
        for day in start..<start + 146_097 {
            let date = CalendarDate(daysSinceEpoch: day)
            #expect(CalendarDate(date.text) == date)
        }
    }
}
