using Google.Protobuf.Reflection;
using Kata.AgentCtl.Api;
using Kata.Protocols.Agent;

namespace Kata.AgentCtl.Tests.Api;

public sealed class ApiCommandsTests
{
    [Fact]
    public void All_Protocol_EveryCallIsACommandWithItsRequest()
    {
        MethodDescriptor[] methods =
            [.. AgentReflection.Descriptor.Services.Concat(HealthReflection.Descriptor.Services).SelectMany(service => service.Methods)];

        Assert.Equal(
            methods.Select(method => $"{method.Name} {method.InputType.FullName}").Order(StringComparer.Ordinal),
            ApiCommands.All.Select(command => $"{command.Name} {command.Request.FullName}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void All_Arguments_AreFieldsWithNamesOfTheirOwn()
    {
        foreach (ApiCommand command in ApiCommands.All)
        {
            Assert.All(command.Arguments, argument => Assert.NotNull(command.Request.FindFieldByName(argument.Field)));
            Assert.Equal(command.Arguments.Count, command.Arguments.Select(argument => argument.Name).Distinct().Count());
            foreach (ApiArgument argument in command.Arguments.Where(argument => argument.Name != argument.Field))
            {
                Assert.Null(command.Request.FindFieldByName(argument.Name));
            }
        }
    }

    [Theory]
    [InlineData("GetIptables", "GetIPTables")] // as upstream's tool spells it
    [InlineData("check", "Check")]
    public void Find_OtherCase_IsTheSame(string name, string expected) => Assert.Equal(expected, ApiCommands.Find(name)!.Name);

    [Fact]
    public void Nearest_Misspelt_IsWhatWasMeant() => Assert.Equal("CreateContainer", ApiCommands.Nearest("CreatContainr"));
}
