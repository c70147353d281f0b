using Elves;

/// <summary>The functions of {{name}}: its public methods that take a Param and return an Answer.</summary>
public class {{class}}
{
    /// <summary>Greets somebody.</summary>
    public Answer greet(Param param)
    {
        var name = param["name"].Text();
        if (name.Length == 0)
            throw new BadParam("pass a name, for example {\"name\":\"Ada\"}");
        Host.Log("greeting " + name);
        return Answer.True("Hello, " + name + "!");
    }
}
