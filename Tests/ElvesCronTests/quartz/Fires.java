import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.TimeZone;
import java.util.stream.Collectors;
import org.quartz.CronExpression;

/// Answers questions, one a line: when does Quartz fire? A question is an expression, a zone, and then for each window the
/// second it begins after, and how many fires are wanted, all with tabs between. An answer has a part for each window, with blanks
/// between: the seconds, with commas between. It is shorter where there are no more fires, and `refused` where it is no expression.
class Fires {
    public static void main(String[] arguments) throws Exception {
        List<String> questions = Files.readAllLines(Path.of(arguments[0]));
        List<String> answers = questions.parallelStream().map(Fires::answer).collect(Collectors.toList());
        PrintStream output = new PrintStream(System.out, false);
        output.println(String.join("\n", answers));
        output.flush();
    }

    private static String answer(String question) {
        String[] words = question.split("\t");
        CronExpression expression;
        try {
            expression = new CronExpression(words[0]);
        } catch (ParseException refusal) {
            return "refused";
        }
        expression.setTimeZone(TimeZone.getTimeZone(words[1]));
        List<String> windows = new ArrayList<>();
        for (int place = 2; place + 1 < words.length; place += 2) {
            Date last = new Date(Long.parseLong(words[place]) * 1000);
            StringBuilder fires = new StringBuilder();
            for (int left = Integer.parseInt(words[place + 1]); left > 0; left--) {
                last = expression.getNextValidTimeAfter(last);
                if (last == null) break;
                if (fires.length() > 0) fires.append(',');
                fires.append(last.getTime() / 1000);
            }
            windows.add(fires.length() == 0 ? "none" : fires.toString());
        }
        return String.join(" ", windows);
    }
}
